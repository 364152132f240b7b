namespace Pipelines.Testing.Tests.Examples;

/// <summary>Edges, branches, setups and teardowns, undo.</summary>
public sealed class GraphExamples
{
    private readonly List<string> _told = [];

    private enum Route
    {
        Full,
        Delta,
    }

    [Fact]
    public Task Edges() => Example.SucceedAsync(
        dag =>
        {
            var (load, check) = (dag.Task(Load), dag.Task(Check));
            dag.Task(Publish).After(load, check);
        },
        dag =>
        {
            var checks = dag.Group("checks", g => { g.Task(CheckRows); g.Task(CheckSums); });
            dag.Task(Publish).After(checks);
        },
        dag =>
        {
            var (load, check) = (dag.Task(Load), dag.Task(Check));
            dag.Task(Report).After(load, check).TriggerRule(TriggerRule.AllDone);
        });

    [Fact]
    public async Task Branches()
    {
        var run = await Example.RunAsync(dag =>
        {
            var clean = dag.Task(Clean);
            var route = dag.Task(Choose);
            var full = dag.Task(LoadFull, clean).When(route, Route.Full);
            var delta = dag.Task(LoadDelta, clean).When(route, Route.Delta);
            dag.Task(Publish, dag.FirstOf("loaded", full, delta));
        });
        Assert.Equal(["skipped", "succeeded", "succeeded"], run.Tasks.Where(task => task.Id is "load_full" or "load_delta" or "publish").Select(task => task.State));
        await Example.SucceedAsync(dag =>
        {
            var (clean, route) = (dag.Task(Clean), dag.Task(Choose));
            dag.Task(LoadFull, clean).When(route, Route.Full);
        });
    }

    [Fact]
    public async Task What_a_task_has_set_up_is_taken_down()
    {
        await Example.SucceedAsync(dag =>
        {
            var cluster = dag.Task(StartCluster);
            dag.Task(Compute, cluster);
            dag.Task(DropCluster, cluster).TeardownOf(cluster);
        });
        Assert.Equal(["drop c1"], _told);
    }

    [Fact]
    public async Task What_a_failed_run_has_done_is_undone()
    {
        var run = await Example.RunAsync(dag =>
        {
            var order = dag.Task(Order);
            var charged = dag.Task(Charge, order).Undo(Refund, RetryPolicy.None with { Retries = 10 });
            dag.Task("ship", context => throw context.Fail("sold out")).After(charged);
        });
        Assert.Equal("failed", run.State);
        Assert.Equal(["refund 7 of order 815"], _told);
    }

    private static void Load()
    {
    }

    private static void Check()
    {
    }

    private static void CheckRows()
    {
    }

    private static void CheckSums()
    {
    }

    private static void Publish()
    {
    }

    private static void Report()
    {
    }

    private static int Clean() => 12;

    private static Route Choose() => Route.Delta;

    private static int LoadFull(int rows) => rows;

    private static int LoadDelta(int rows) => rows;

    private static int Publish(int rows) => rows;

    private static string StartCluster() => "c1";

    private static void Compute(string cluster)
    {
    }

    private static int Order() => 815;

    private static string Charge(int order) => $"7 of order {order}";

    private void DropCluster(string cluster) => _told.Add($"drop {cluster}");

    private void Refund(string charged) => _told.Add($"refund {charged}");
}
