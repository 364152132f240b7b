namespace Pipelines.Testing.Tests;

/// <summary>Runs of other DAGs that a run under test starts: they come to what the test says.</summary>
public sealed class ChildTests
{
    [Fact]
    public async Task A_task_has_the_result_of_the_run_that_it_starts()
    {
        var run = await DagTest.For(new MonthEnd()).WithResultOf("billing_close", new Invoice(7)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal("invoice 7", run.Output<string>("report"));
        var untold = await DagTest.For(new MonthEnd()).RunAsync();
        Assert.Equal("this test does not say what a run of 'billing_close' returns: .WithResultOf(\"billing_close\", ...)", untold["run_billing_close"].Why);
    }

    [Fact]
    public async Task One_that_never_ends_is_given_up_and_cancelled_unless_it_is_to_go_on()
    {
        var run = await DagTest.For(new MonthEnd()).WithRunsOf("billing_close", "never").WithRunsOf("statistics", "never").RunAsync();
        Assert.Equal(("failed", "failed"), (run.State, run["run_billing_close"].State));
        Assert.Equal(TimeSpan.FromHours(6), run.Took);
        Assert.Equal([("billing_close", true), ("statistics", false)], run.Started.Select(child => (child.DagId, child.Cancelled)).Order());
    }

    [Fact]
    public async Task A_body_starts_several_once_each_and_goes_on_when_all_have_ended()
    {
        var dag = new Shops();
        var run = await DagTest.For(dag).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal([("ship_shop", 1), ("ship_shop", 2)], run.Started.Select(child => (child.DagId, child.Arguments<Shop>().Id)));
        Assert.Equal((1, 3), (dag.Opened, run["ship"].Attempts));       // waits for the one, then for the other
    }

    [Fact]
    public async Task A_body_is_told_of_one_that_failed_or_took_too_long()
    {
        var run = await DagTest.For(new Shops()).WithRunsOf("ship_shop", "failed").RunAsync();
        Assert.StartsWith("Run 2 of 'ship_shop', which this task has started, failed.", run["ship"].Why, StringComparison.Ordinal);
        run = await DagTest.For(new Slow()).WithRunsOf("ship_shop", "never").RunAsync();
        Assert.Equal("Run 2 of 'ship_shop' did not end within 02:00:00.", run["ship"].Why);
        Assert.True(Assert.Single(run.Started).Cancelled);
        var stuck = await Assert.ThrowsAsync<PipelinesException>(() => DagTest.For(new Shops()).WithRunsOf("ship_shop", "never").RunAsync());
        Assert.Contains("Task 'ship' waits without a timeout for a run of 'ship_shop', which this test says never ends", stuck.Message, StringComparison.Ordinal);
    }

    public sealed record Invoice(int Number);

    public sealed record Shop(int Id);

    [Dag("month_end")]
    public sealed class MonthEnd : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var invoice = dag.Run<Invoice>("billing_close", result: "issue").Timeout(TimeSpan.FromHours(6));
            dag.Run("statistics", wait: false);
            dag.Task("report", (Invoice issued) => $"invoice {issued.Number}", invoice);
        }
    }

    [Dag("shops")]
    public sealed class Shops : Dag
    {
        public int Opened { get; private set; }

        public override void Define(DagBuilder dag) => dag.Task(Ship);

        private async Task Ship(TaskContext context)
        {
            await context.Step("open", () => Task.FromResult(++Opened));
            await Task.WhenAll(Enumerable.Range(1, 2).Select(shop => context.RunAsync("ship_shop", new Shop(shop), name: $"shop {shop}")));
        }
    }

    [Dag("slow")]
    public sealed class Slow : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("ship", async context => { await context.RunAsync("ship_shop", timeout: TimeSpan.FromHours(2)); });
    }
}
