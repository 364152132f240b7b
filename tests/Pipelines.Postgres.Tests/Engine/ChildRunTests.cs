using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A task that starts a run of another DAG: once, in the transaction that lets it wait.</summary>
[SupportedOSPlatform("linux")]
public sealed class ChildRunTests(World world) : EngineTest(world)
{
    private static readonly WaitSpec Child = new() { Kind = WaitKind.Run, Dag = "child" };

    [Theory]
    [InlineData('s', "r:ssq")]
    [InlineData('f', "f:sfu")]
    [InlineData('c', "f:sfu")]
    public async Task It_ends_as_the_run_does_that_it_has_started_and_knows_its_number(char ending, string state)
    {
        var (run, hand) = await StartAsync(Child with { Arguments = "a" }, """{"days":3}""");
        Assert.Equal("r:swn", await World.StateAsync(run));
        var child = await World.OneAsync<long>("select run_id from dag_run where parent_run = $1 and parent_task = 1", run);
        World.Knows(child, "child");
        Assert.Equal("""{"days": 3}""", await World.OneAsync<string>("select arguments::text from dag_run where run_id = $1", child));
        Assert.Equal($"run {child} of child started", await World.WhyAsync(World.Key(run, "w")));
        await World.Scheduler.StartRunsAsync(10, default);
        await hand.TakeAsync();
        if (ending == 'c')
            await World.Operations.CancelRunAsync(child, "ann", default);
        await hand.EndAsync(child, "work", ending);
        await World.WaitsAsync();
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(ending == 's' ? $"{child}" : null, await World.OneAsync<string?>("select output::text from task_instance where run_id = $1 and task_no = 1", run));
    }

    [Fact]
    public async Task Detached_it_succeeds_when_the_run_is_made()
    {
        var (run, _) = await StartAsync(Child with { Detached = true });
        Assert.Equal("r:ssq", await World.StateAsync(run));
        Assert.Equal("q", await World.OneAsync<string>("select state::text from dag_run where parent_run = $1", run));
    }

    [Theory]
    [InlineData("child", """{"dayz":3}""", "there is no argument 'dayz'; there is: days. Did you mean 'days'?")]
    [InlineData("child", "[1]", "the arguments must be a JSON object, such as {\"days\": 3}")]
    [InlineData("nobody", null, "there is no DAG 'nobody' of which a run could be started")]
    [InlineData("gone", null, "the DAG 'gone' is retired: its folder is gone. Put its assembly back to start runs")]
    public async Task A_run_that_cannot_be_started_fails_the_task_with_the_reason(string dag, string? arguments, string why)
    {
        await World.DagAsync("gone", "a");
        await World.ExecuteAsync("update dag set retired_at = now() where dag_id = 'gone'");
        var (run, _) = await StartAsync(Child with { Dag = dag, Arguments = arguments is null ? null : "a" }, arguments);
        Assert.Equal("f:sfu", await World.StateAsync(run));
        Assert.Equal(why, await World.WhyAsync(World.Key(run, "w")));
    }

    [Fact]
    public async Task Two_schedulers_start_one_and_a_wait_that_was_lost_joins_it()
    {
        var (run, _) = await StartAsync(Child);
        await World.ExecuteAsync("delete from wait");
        Assert.Equal(1, await World.SweepAsync());
        Assert.Equal("r:sqn", await World.StateAsync(run));
        var ready = (await World.Scheduler.LoadReadyWaitsAsync(10, default)).Select(Pipelines.Engine.Scheduling.WaitPlan.Of).ToList();
        Assert.Equal((1, 0), (await World.Scheduler.BeginWaitsAsync(ready, default), await World.Scheduler.BeginWaitsAsync(ready, default)));
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run where parent_run = $1", run));
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from wait where child_run is not null"));
    }

    [Fact]
    public async Task Cleared_it_starts_another_one_and_cancelled_it_leaves_the_first_alone()
    {
        var (run, _) = await StartAsync(Child);
        await World.ExecuteAsync("select clear_tasks($1, '{1,2}', '{-1,-1}', 'ann', null)", run);
        await World.WaitsAsync();
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from dag_run where parent_run = $1 and state = 'q'", run));
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal("c:scc", await World.StateAsync(run));
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from dag_run where parent_run = $1 and state = 'q'", run));
    }

    [Fact]
    public async Task Each_element_of_a_mapped_group_starts_one_with_its_own_arguments()
    {
        await World.DagAsync(Graph.Parse("child", "work") with { Arguments = Schema() });
        await World.DagAsync(Graph.Parse("d", "l; w* < l; b < w").Waiting("w", Child with { Arguments = "l[]" }));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "l", output: """[{"days":1},{"days":2}]""");
        await World.WaitsAsync();
        Assert.Equal(["""0 {"days": 1}""", """1 {"days": 2}"""], await World.ListAsync<string>("select parent_map || ' ' || arguments from dag_run where parent_run = $1 order by 1", run));
        await World.Scheduler.StartRunsAsync(10, default);
        foreach (var work in await hand.TakeAsync())
            await hand.EndAsync(work.Key);
        await World.WaitsAsync();
        Assert.Equal("r:ssq", await World.StateAsync(run));
    }

    private async Task<(long Run, Hand Hand)> StartAsync(WaitSpec wait, string? output = null)
    {
        await World.DagAsync(Graph.Parse("child", "work") with { Arguments = Schema() });
        await World.DagAsync(Graph.Parse("d", "a; w < a; b < w").Waiting("w", wait));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", output: output);
        await World.WaitsAsync();
        return (run, hand);
    }

    private static JsonNode Schema() => JsonNode.Parse("""{"properties":{"days":{"type":"integer"}}}""")!;
}
