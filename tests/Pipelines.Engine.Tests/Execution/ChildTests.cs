using System.Text;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Bodies that start runs of other DAGs: once over all attempts, and their attempts end while they wait.</summary>
public sealed class ChildTests
{
    [Fact]
    public async Task It_is_started_once_waited_for_without_a_slot_and_its_result_read_by_the_attempt_after()
    {
        await using var host = new WorkerHost(async (context, _) => (await context.RunAsync<int>("close", result: "total", new { month = 3 })) + 1);
        host.Start().Store.Enqueue(Assigned());
        var waits = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((Report.Parked, Report.NoDelay, "{\"child\":1,\"dag\":\"close\"}"), (waits.Outcome, waits.DelaySeconds, waits.Detail));
        Assert.Equal("waits for run 1 of close", waits.Why);
        host.Store.Ended[1] = new ChildRun(1, 's', "41"u8.ToArray(), null);
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        Assert.Equal("42", Encoding.UTF8.GetString((await host.ReportsAsync(2))[1].Output!));
        var child = Assert.Single(host.Store.Children);
        Assert.Equal(("close", "close", "{\"month\":3}", true), (child.DagId, child.Name, child.Arguments, child.Closes));
    }

    [Fact]
    public async Task Several_are_started_before_the_first_is_waited_for()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await Task.WhenAll(context.RunAsync("ship", name: "ship 1", parentClose: ParentClosePolicy.Abandon), context.RunAsync("ship", name: "ship 2"));
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(Report.Parked, Assert.Single(await host.ReportsAsync(1)).Outcome);
        Assert.Equal([("ship 1", false), ("ship 2", true)], host.Store.Children.Select(child => (child.Name, child.Closes)).Order());
    }

    [Theory]
    [InlineData('f', null, "Run 1 of 'close', which this task has started, failed. See `pipelines runs show 1`.")]
    [InlineData('c', null, "Run 1 of 'close', which this task has started, was cancelled. See `pipelines runs show 1`.")]
    [InlineData('s', null, "No result: the task returned nothing.")]
    [InlineData('s', "\"seven\"", "What task 'total' of run 1 of 'close' returned does not fit.")]
    public async Task One_that_has_come_to_nothing_fails_the_task(char state, string? output, string why)
    {
        await using var host = new WorkerHost(async (context, _) => await context.RunAsync<int>("close", result: "total"));
        host.Store.Ended[1] = new ChildRun(1, state, output is null ? null : Encoding.UTF8.GetBytes(output), "the task returned nothing");
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.StartsWith(why, report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_takes_too_long_is_stopped_and_the_attempt_has_failed()
    {
        await using var host = new WorkerHost(async (context, _) => (int)await context.RunAsync("close", timeout: TimeSpan.FromSeconds(30)));
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        host.Store.Enqueue(Assigned() with { Attempt = 2, StartedAt = Assigned().StartedAt.AddMinutes(1) });
        var report = (await host.ReportsAsync(2))[1];
        Assert.Contains("Run 1 of 'close' did not end within", report.Why, StringComparison.Ordinal);
        Assert.Equal((1, "run 1, which has started it, waited for it no longer than 00:00:30"), Assert.Single(host.Store.StoppedChildren));
    }

    [Theory]
    [InlineData("nobody", "a", "No run of 'nobody' was started: there is no DAG 'nobody' of which a run could be started.")]
    [InlineData("close", "", "The name of a started run has 1 to 100 characters")]
    [InlineData("close", "close", "Step 'run close' was asked for twice in one attempt")]
    public async Task What_cannot_be_started_fails_the_task_with_the_reason(string dag, string name, string why)
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            var first = context.RunAsync("close");
            await context.RunAsync(dag, name: name);
            return (int)await first;
        });
        host.Store.Ended[1] = new ChildRun(1, 's', null, null);
        host.Start().Store.Enqueue(Assigned());
        Assert.StartsWith(why, Assert.Single(await host.ReportsAsync(1)).Why, StringComparison.Ordinal);
    }
}
