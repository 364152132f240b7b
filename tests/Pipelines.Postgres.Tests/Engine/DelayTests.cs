using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Tasks that wait for a time: no body, no slot, no attempt; the scheduler parks them and settles them in bulk.</summary>
[SupportedOSPlatform("linux")]
public sealed class DelayTests(World world) : EngineTest(world)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly WaitSpec Delay = new() { Kind = WaitKind.Delay, Offset = Hour };

    [Fact]
    public async Task It_waits_without_a_slot_and_succeeds_when_its_time_has_come()
    {
        var run = await RunAsync("a; d < a; b < d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 10);
        Assert.Equal("r:sqn", await World.StateAsync(run));
        Assert.Equal(1, await World.WaitsAsync());
        Assert.Equal("r:swn", await World.StateAsync(run));
        Assert.Equal(0, await World.PassAsync(Hour - TimeSpan.FromMinutes(1)));
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal("r:ssq", await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<short>("select attempt from task_instance where task_no = 1"));
        Assert.Equal(["n q", "q w", "w s"], await World.ListAsync<string>("select from_state::text || ' ' || to_state::text from event where task_no = 1 order by event_id"));
    }

    [Fact]
    public async Task Thousands_that_are_due_end_in_one_call_and_their_successors_are_ready()
    {
        await World.DagAsync(Graph.Parse("d", "l; d* < l; b < d").Waiting("d", Delay));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "l", output: $"[{string.Join(',', Enumerable.Range(0, 5000))}]");
        Assert.Equal(5000, await World.WaitsAsync());
        Assert.Equal(5000, await World.PassAsync(Hour));
        Assert.Equal("r:ssq", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_moment_that_is_past_ends_at_once_and_one_to_come_is_waited_for()
    {
        var day = Planned.Day(1).ToDateTimeUtc();
        var dag = await World.DagAsync(Graph.Parse("d", "past; later")
            .Waiting("past", new WaitSpec { Kind = WaitKind.Moment, Time = new TimeOnly(9, 0), TimeZone = "Europe/Kyiv" })
            .Waiting("later", new WaitSpec { Kind = WaitKind.Moment, Offset = TimeSpan.FromDays(36500) }));
        await World.OneAsync<long[]>("select make_runs($1, $2, 's', array[$3], array[$3], array[$3], null, null, 0::smallint, 'test', null)", dag.DagNo, dag.VersionId, day);
        await World.Scheduler.StartRunsAsync(1, default);
        await World.WaitsAsync();
        Assert.Equal([day.AddHours(7), day.AddDays(36500)], await World.ListAsync<DateTime>("select due_at from timer order by task_no"));
        Assert.Equal(1, await World.Scheduler.FireTimersAsync(100, default));
        Assert.Equal("r:sw", await World.OneAsync<string>("select r.state::text || ':' || string_agg(t.state::text, '' order by t.task_no) from dag_run r join task_instance t using (run_id) group by r.state"));
    }

    [Theory]
    [InlineData("cancel", "c:scc")]
    [InlineData("timeout", "f:scc")]
    [InlineData("fail-fast", "f:scf")]
    public async Task Whatever_stops_the_run_ends_the_wait_at_once(string how, string state)
    {
        var run = how == "fail-fast" ? await RunAsync("a; d < a; b < a", failFast: true) : await RunAsync("a; d < a; b < d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 10);
        await World.WaitsAsync();
        if (how == "cancel")
            await World.Operations.CancelRunAsync(run, "ann", default);
        else if (how == "fail-fast")
            await hand.EndAsync(run, "b", 'f');
        else
            await World.ExecuteAsync("select stop_run($1, 'f', 'scheduler', 'over its timeout')", run);
        Assert.Equal(state, await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from timer"));
    }

    [Fact]
    public async Task Cleared_it_waits_anew_and_a_stopped_scheduler_changes_nothing_twice()
    {
        var run = await RunAsync("d; b < d");
        var ready = await World.Scheduler.LoadReadyWaitsAsync(10, default);
        await World.WaitsAsync();
        Assert.Equal(0, await World.Scheduler.BeginWaitsAsync([.. ready.Select(Pipelines.Engine.Scheduling.WaitPlan.Of)], default));
        await World.PassAsync(Hour);
        Assert.Equal("r:sq", await World.StateAsync(run));
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        Assert.Equal("r:qn", await World.StateAsync(run));
        await World.WaitsAsync();
        Assert.Equal("r:wn", await World.StateAsync(run));
        Assert.Equal(1, await World.PassAsync(Hour));
    }

    [Fact]
    public async Task A_timer_that_somebody_deleted_is_made_again_for_the_same_moment()
    {
        var run = await RunAsync("d; b < d");
        await World.WaitsAsync();
        var due = await World.OneAsync<DateTime>("delete from timer returning due_at");
        Assert.Equal(1, await World.SweepAsync());
        await World.WaitsAsync();
        Assert.Equal(due, await World.OneAsync<DateTime>("select due_at from timer"));
        Assert.Equal("r:wn", await World.StateAsync(run));
        Assert.Equal(0, await World.SweepAsync());
    }

    private async Task<long> RunAsync(string graph, bool failFast = false)
    {
        await World.DagAsync(Graph.Parse("d", graph).Waiting("d", Delay) with { FailFast = failFast });
        return await World.RunAsync("d");
    }
}
