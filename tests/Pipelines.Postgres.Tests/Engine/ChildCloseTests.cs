using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What becomes of a run that a task has started when that ends before it, and what the task has of it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ChildCloseTests(World world) : EngineTest(world)
{
    private static readonly WaitSpec Child = new() { Kind = WaitKind.Run, Dag = "child", ParentClose = ParentClosePolicy.Cancel };

    [Theory]
    [InlineData("cancel", "c:scc", "run 1, which has started it, is cancelled")]
    [InlineData("expire", "f:scc", "run 1, which has started it, fails")]
    [InlineData("mark task", "r:ssq", "its task of run 1 was taken back by ann: ")]
    [InlineData("mark run", "s:sss", "its task of run 1 was taken back by ann: marked")]
    [InlineData("clear", "r:swn", "its task of run 1 was taken back by ann: cleared")]
    [InlineData("give up", "f:sfu", "run 1, which has started it, waits for it no more")]
    public async Task A_run_is_cancelled_with_the_task_that_waits_for_it(string how, string state, string why)
    {
        var run = await StartAsync(Child with { Timeout = TimeSpan.FromHours(6) });
        var child = await ChildAsync(run);
        await DoAsync(how, run);
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal("c", await OfAsync(child));
        Assert.StartsWith(why, await World.OneAsync<string>("select why from event where run_id = $1 and from_state = 'q' and to_state = 'c'", child), StringComparison.Ordinal);
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(how == "clear" ? 1 : 0, await World.OneAsync<long>("select count(*) from dag_run where parent_run = $1 and state = 'q'", run));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("expire")]
    [InlineData("mark task")]
    [InlineData("clear")]
    [InlineData("give up")]
    public async Task It_goes_on_where_the_task_says_so(string how)
    {
        var run = await StartAsync(Child with { Timeout = TimeSpan.FromHours(6), ParentClose = ParentClosePolicy.Abandon });
        var child = await ChildAsync(run);
        await DoAsync(how, run);
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal("q", await OfAsync(child));
    }

    [Fact]
    public async Task One_that_was_deleted_after_its_end_is_waited_for_no_more()
    {
        var run = await StartAsync(Child);
        var child = await ChildAsync(run);
        await World.Operations.CancelRunAsync(child, "ann", default);
        await World.Operations.DeleteRunAsync(child, "ann", default);
        await World.WaitsAsync();
        Assert.Equal("f:sfu", await World.StateAsync(run));
        Assert.Equal($"run {child} of child, which was waited for, has been deleted", await World.WhyAsync(World.Key(run, "w")));
    }

    [Fact]
    public async Task What_it_has_started_itself_is_cancelled_with_it_and_what_has_ended_is_left_alone()
    {
        await World.DagAsync("leaf", "work");
        await World.DagAsync(Graph.Parse("child", "w; x").Waiting("w", Child with { Dag = "leaf" }).Waiting("x", Child with { Dag = "leaf" }));
        await World.DagAsync(Graph.Parse("d", "w").Waiting("w", Child));
        var run = await World.RunAsync("d");
        for (var level = 0; level < 2; level++)
        {
            await World.WaitsAsync();
            await World.Scheduler.StartRunsAsync(10, default);
        }

        var leaves = await World.ListAsync<long>("select run_id from dag_run r join dag d using (dag_no) where d.dag_id = 'leaf' order by 1");
        await World.Operations.MarkRunAsync(leaves[0], 's', "ann", default);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(["c", "c", "s", "c"], await World.ListAsync<string>("select state::text from dag_run order by run_id"));
    }

    [Theory]
    [InlineData('s', "run 1, which has started it, has ended without waiting for it")]
    [InlineData('f', "run 1, which has started it, has failed")]
    public async Task One_that_nobody_waits_for_ends_with_its_parent_if_it_is_to(char ending, string why)
    {
        await World.DagAsync("child", "work");
        await World.DagAsync(Graph.Parse("d", "w; b < w").Waiting("w", Child with { Detached = true }));
        var run = await World.RunAsync("d");
        await World.WaitsAsync();
        var child = await ChildAsync(run);
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "b", ending);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(why, await World.OneAsync<string>("select why from event where run_id = $1 and task_no is null and from_state = 'r' limit 1", child));
        Assert.True(await World.OneAsync<bool>("select cancelling from dag_run where run_id = $1", child));
    }

    [Fact]
    public async Task A_run_that_it_has_joined_is_somebody_elses_and_the_last_of_a_chain_is_its_own()
    {
        await World.DagAsync(Graph.Parse("child", "work") with { Arguments = JsonNode.Parse("""{"properties":{"customer":{"type":"string"}}}"""), RunKey = "customer", OnConflict = OnConflict.Join });
        await World.DagAsync(Graph.Parse("d", "a; w < a").Waiting("w", Child with { Arguments = "a" }));
        var hand = await World.WorkerAsync();
        var runs = await World.RunsAsync("d", 2);
        await hand.TakeAsync();
        foreach (var run in runs)
        {
            await hand.EndAsync(run, "a", output: """{"customer":"ann"}""");
            await World.WaitsAsync();
        }

        var child = await ChildAsync(runs[0]);
        await World.Operations.CancelRunAsync(runs[1], "ann", default);
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        await World.Scheduler.StartRunsAsync(10, default);
        var work = Assert.Single(await hand.TakeAsync());
        Assert.True(await World.OneAsync<bool>("select continue_run($1, $2, 0, -1, 1::smallint, '{\"customer\":\"ann\"}')", hand.Id, child));
        await hand.EndAsync(work.Key);
        var last = await World.OneAsync<long>("select run_id from dag_run where continues = $1", child);
        await World.Operations.CancelRunAsync(runs[0], "ann", default);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(("s", "c"), (await OfAsync(child), await OfAsync(last)));
    }

    [Theory]
    [InlineData("{\"total\": 7}", "s:ss", null)]
    [InlineData(null, "f:sf", "run 2 of child succeeded, but its task work, whose output is the result, returned nothing")]
    public async Task Its_output_is_what_a_task_of_that_run_has_returned(string? output, string state, string? why)
    {
        var run = await StartAsync(Child with { Result = "work" }, "a; w < a");
        await EndChildAsync(run, output);
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(output, await World.OneAsync<string?>("select output::text from task_instance where run_id = $1 and task_no = 1", run));
        if (why is not null)
            Assert.Equal(why, await World.WhyAsync(World.Key(run, "w")));
    }

    [Fact]
    public async Task A_result_that_the_other_dag_has_not_is_told()
    {
        var run = await StartAsync(Child with { Result = "total" }, "a; w < a");
        await EndChildAsync(run, "7");
        Assert.Equal("run 2 of child succeeded, but its task total, whose output is the result, is not there", await World.WhyAsync(World.Key(run, "w")));
    }

    [Fact]
    public async Task Runs_that_start_each_other_in_a_circle_come_to_an_end()
    {
        await World.DagAsync(Graph.Parse("a", "w").Waiting("w", Child with { Dag = "b" }));
        await World.DagAsync(Graph.Parse("b", "w").Waiting("w", Child with { Dag = "a" }));
        var run = await World.RunAsync("a");
        for (var level = 0; level < 25; level++)
        {
            await World.WaitsAsync();
            await World.Scheduler.StartRunsAsync(10, default);
        }

        Assert.Equal(20, await World.OneAsync<long>("select count(*) from dag_run"));
        Assert.Equal("f:f", await World.StateAsync(run));
        Assert.Equal(
            "20 open runs have started one another, the last ones of: a > b > a > b. Do these DAGs start each other in a circle? Cancel the first with what it has started: pipelines runs cancel 1",
            await World.OneAsync<string>("select why from event where to_state = 'f' and task_no = 0 order by event_id limit 1"));
    }

    [Fact]
    public async Task A_run_of_a_paused_dag_waits_and_both_say_so()
    {
        await World.DagAsync("child", "work");
        await World.Operations.PauseAsync("child", "ann", default);
        await World.DagAsync(Graph.Parse("d", "w").Waiting("w", Child));
        var run = await World.RunAsync("d");
        await World.WaitsAsync();
        Assert.Equal("run 2 of child started; the DAG is paused, so it begins after `pipelines dags resume child`", await World.WhyAsync(World.Key(run, "w")));
        var wait = await World.Console.WaitAsync(World.Key(run, "w"), default);
        Assert.Equal((true, 'q'), (wait!.Paused, Assert.Single(wait.Runs).State));
    }

    [Fact]
    public async Task Both_runs_name_each_other()
    {
        var run = await StartAsync(Child);
        var child = await ChildAsync(run);
        Assert.Equal([new RelatedRun(child, "child", 'q', "w")], (await World.Console.LineageAsync(run, default)).Children);
        Assert.Equal(new RelatedRun(run, "d", 'r', "w"), (await World.Console.LineageAsync(child, default)).Parent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task Its_trace_is_that_of_the_run_which_has_started_it(string? parent)
    {
        await World.DagAsync("child", "work");
        await World.DagAsync(Graph.Parse("d", "w").Waiting("w", Child));
        var run = (await World.Operations.StartRunAsync(new NewRun("d") { TraceParent = parent }, "test", default)).RunId;
        await World.Scheduler.StartRunsAsync(10, default);
        await World.WaitsAsync();
        var traces = (await new PostgresTraceStore(World.Db).LoadAsync([run, await ChildAsync(run)], default)).OrderBy(one => one.RunId).ToList();
        var own = Traces.Of(traces[0]);
        Assert.Equal($"00-{own.TraceId}-{own.SpanId}-01", traces[1].Parent);
        Assert.Equal(own.TraceId, Traces.Of(traces[1]).TraceId);
    }

    private async Task DoAsync(string how, long run)
    {
        switch (how)
        {
            case "cancel":
                await World.Operations.CancelRunAsync(run, "ann", default);
                break;
            case "expire":
                await World.ExecuteAsync("update dag_run set deadline_at = clock_timestamp() where run_id = $1", run);
                await World.Scheduler.ExpireRunsAsync(10, default);
                break;
            case "mark task":
                await World.Operations.MarkTasksAsync(run, [World.Key(run, "w")], 's', "ann", default);
                break;
            case "mark run":
                await World.Operations.MarkRunAsync(run, 's', "ann", default);
                break;
            case "clear":
                await World.ExecuteAsync("select clear_tasks($1, '{1,2}', '{-1,-1}', 'ann', null)", run);
                await World.WaitsAsync();
                break;
            default:
                Assert.Equal(1, await World.PassAsync(TimeSpan.FromHours(6)));
                break;
        }
    }

    private async Task<long> StartAsync(WaitSpec wait, string graph = "a; w < a; b < w")
    {
        await World.DagAsync("child", "work");
        await World.DagAsync(Graph.Parse("d", graph).Waiting("w", wait));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        await World.WaitsAsync();
        return run;
    }

    private async Task EndChildAsync(long run, string? output)
    {
        var child = await ChildAsync(run);
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(child, "work", output: output);
        await World.WaitsAsync();
    }

    private async Task<long> ChildAsync(long run)
    {
        var child = await World.OneAsync<long>("select run_id from dag_run where parent_run = $1", run);
        World.Knows(child, "child");
        return child;
    }

    private Task<string> OfAsync(long run) => World.OneAsync<string>("select state::text from dag_run where run_id = $1", run);
}
