namespace Pipelines.Testing.Tests.Examples;

/// <summary>Runs of other DAGs.</summary>
public sealed class ChildExamples
{
    [Fact]
    public async Task Nodes_that_start_a_run()
    {
        var run = await Example.RunAsync(dag =>
        {
            var archived = dag.Run("archive", dag.Task(FindOldMonths)).Timeout(TimeSpan.FromHours(6));
            dag.Run("statistics").OnParentClose(ParentClosePolicy.Abandon);
            dag.Task("note", (long other) => other, archived);
        });
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal([("archive", 3), ("statistics", 0)], run.Started.Select(child => (child.DagId, child.DagId == "archive" ? child.Arguments<Months>().Count : 0)).Order());
        run = await Example.RunAsync(dag => dag.Run<Archive, Months>(dag.Task(FindOldMonths)));
        Assert.Equal(3, Assert.Single(run.Started).Arguments<Months>().Count);
        run = await Example.RunAsync(dag => dag.Run<Cleanup>(wait: false));
        Assert.Equal("cleanup", Assert.Single(run.Started).DagId);
    }

    [Fact]
    public async Task The_result_of_the_run()
    {
        var run = await DagTest.For(new MonthEndDag()).WithResultOf("billing_close", new Invoice(7)).RunAsync();
        Assert.Equal("invoice 7", run.Output<string>("report"));
    }

    [Fact]
    public async Task A_body_that_starts_runs()
    {
        var run = await Example.RunAsync(
            dag =>
            {
                dag.Task("ship", async context =>
                {
                    var shops = new[] { new Shop(1), new Shop(2) };
                    var shipped = shops.Select(shop => context.RunAsync("ship_shop", new { shop.Id }, name: $"ship {shop.Id}"));
                    await Task.WhenAll(shipped);
                });
                dag.Task("close", async context =>
                {
                    var invoice = await context.RunAsync<Invoice>("billing_close", result: "issue", new { Month = "2026-01" }, timeout: TimeSpan.FromHours(6));
                    return invoice.Number;
                });
            },
            test => test.WithResultOf("billing_close", new Invoice(7)));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(7, run.Output<int>("close"));
        Assert.Equal(["billing_close", "ship_shop", "ship_shop"], run.Started.Select(child => child.DagId).Order());
    }

    private static Months FindOldMonths() => new(3);

    internal sealed record Months(int Count = 1);

    internal sealed record Invoice(int Number);

    internal sealed record Closing(string Month);

    private sealed record Shop(int Id);

    [Dag("cleanup")]
    internal sealed class Cleanup : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("clean", () => { });
    }

    [Dag("archive")]
    internal sealed class Archive : Dag<Months>
    {
        public override void Define(DagBuilder dag) => dag.Task("archive", () => { });
    }

    [Dag("month_end")]
    private sealed class MonthEndDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
            dag.Task(Report, dag.Run<Invoice>("billing_close", result: "issue", dag.Task(Month)));
        }

        private static Closing Month() => new("2026-01");

        private static string Report(Invoice invoice) => $"invoice {invoice.Number}";
    }
}
