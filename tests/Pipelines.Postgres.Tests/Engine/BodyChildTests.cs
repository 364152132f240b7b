using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A body that starts a run of another DAG: once under its name, whatever becomes of the attempt; and waits for it without a slot.</summary>
[SupportedOSPlatform("linux")]
public sealed class BodyChildTests(World world) : EngineTest(world)
{
    private static readonly NewChild Ship = new("child", "ship", null, true, null);

    [Fact]
    public async Task A_retry_and_an_attempt_after_a_lost_worker_join_it()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        Assert.Equal(child, await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default));
        Assert.NotEqual(child, await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship with { Name = "bill" }, default));
        await hand.AdvanceAsync(0, Hand.Report(a, 'y'));
        await World.PassAsync(TimeSpan.FromMinutes(1));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal(child, await World.Workers.StartChildAsync(hand.Id, again.Key, again.Attempt, Ship, default));
        await hand.LoseAsync();
        await World.PassAsync(TimeSpan.FromMinutes(1));
        var other = await World.WorkerAsync();
        var third = Assert.Single(await other.TakeAsync());
        Assert.Equal(child, await World.Workers.StartChildAsync(other.Id, third.Key, third.Attempt, Ship, default));
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from dag_run where parent_run = $1", run));
        await Assert.ThrowsAsync<OperationCanceledException>(() => World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default));
    }

    [Fact]
    public async Task Cleared_it_starts_another_one_and_the_first_is_cancelled()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        await ParkAsync(hand, a, child);
        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.NotEqual(child, await World.Workers.StartChildAsync(hand.Id, again.Key, again.Attempt, Ship, default));
        Assert.Equal(["c", "q"], await World.ListAsync<string>("select state::text from dag_run where parent_run = $1 order by run_id", run));
    }

    [Fact]
    public async Task Cleared_with_its_steps_it_waits_for_the_same_one()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        await World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Step, "run ship", Encoding.UTF8.GetBytes($"{child}")), default);
        await ParkAsync(hand, a, child);
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = true }, "ann", default);
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(["q"], await World.ListAsync<string>("select state::text from dag_run where parent_run = $1", run));
    }

    [Fact]
    public async Task One_that_goes_on_while_it_is_to_be_cancelled_is_cancelled_where_it_is_then()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        await ParkAsync(hand, a, child);
        await World.Scheduler.StartRunsAsync(10, default);
        var work = Assert.Single(await hand.TakeAsync());
        await World.Workers.SaveStepAsync(hand.Id, work.Key, work.Attempt, new FinishedStep(StepKind.Continuation, "", "null"u8.ToArray()), default);
        await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.AdvanceAsync(0, Hand.Report(work, 's'));
        Assert.Equal(["q"], await World.ListAsync<string>("select state::text from dag_run where continues = $1", child));
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(["c"], await World.ListAsync<string>("select state::text from dag_run where continues = $1", child));
    }

    [Fact]
    public async Task A_teardown_of_a_run_that_is_stopped_may_start_one_and_take_a_signal()
    {
        await World.DagAsync("child", "work");
        await World.DagAsync("d", "up; down:Teardown < up; b < up");
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "up", want: 9);
        await World.Operations.CancelRunAsync(run, "ann", default);
        var b = hand.Assignment(run, "b");
        Assert.Contains("is being stopped", (await Assert.ThrowsAsync<RefusedException>(() => World.Workers.StartChildAsync(hand.Id, b.Key, b.Attempt, Ship, default))).Message, StringComparison.Ordinal);
        await hand.EndAsync(run, "b", 'c', want: 9);
        var down = hand.Assignment(run, "down");
        Assert.True(await World.Workers.StartChildAsync(hand.Id, down.Key, down.Attempt, Ship, default) > 0);
        await World.Operations.SendSignalAsync(run, new NewSignal("gone"), "ann", default);
        Assert.NotNull(await World.Workers.TakeSignalAsync(hand.Id, down.Key, down.Attempt, "gone", 0, default));
    }

    [Fact]
    public async Task A_stop_leaves_alone_what_a_teardown_has_started_until_the_run_has_ended()
    {
        await World.DagAsync("child", "work");
        await World.DagAsync("d", "up; down:Teardown < up; c");
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "up", want: 9);
        var down = hand.Assignment(run, "down");
        await World.Workers.StartChildAsync(hand.Id, down.Key, down.Attempt, Ship, default);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        await hand.EndAsync(run, "c", 'c');
        await hand.EndAsync(run, "down");
        Assert.Equal('c', (await World.StateAsync(run))[0]);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
    }

    [Theory]
    [InlineData('s')]
    [InlineData('f')]
    public async Task It_waits_without_a_slot_and_goes_on_when_that_has_ended(char ending)
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        await ParkAsync(hand, a, child);
        Assert.Equal("r:wn", await World.StateAsync(run));
        Assert.Equal((0, 0), (await World.WaitsAsync(), await World.PassAsync(TimeSpan.FromDays(90))));
        Assert.Equal(0, await World.SweepAsync());
        Assert.Equal($"waits for run {child} of child", await World.WhyAsync(a.Key));
        await EndAsync(hand, child, ending, "{\"parcel\": 7}");
        Assert.Equal(1, await World.WaitsAsync());
        Assert.Equal("r:qn", await World.StateAsync(run));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1, a.FirstStartedAt), (again.Attempt, again.Tries, again.FirstStartedAt));
        var read = await World.Workers.ReadChildAsync(child, "work", default);
        Assert.Equal((ending, ending == 's' ? "{\"parcel\": 7}" : null), (read!.State, read.Output is { } json ? Encoding.UTF8.GetString(json) : null));
    }

    [Fact]
    public async Task One_that_ends_between_the_look_and_the_report_is_not_waited_for()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        Assert.Equal('q', (await World.Workers.ReadChildAsync(child, null, default))!.State);
        await World.Operations.CancelRunAsync(child, "ann", default);
        await World.WaitsAsync();
        await ParkAsync(hand, a, child);
        Assert.Equal(1, await World.WaitsAsync());
        Assert.Equal("r:qn", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_wait_with_a_timeout_is_woken_by_it_and_stops_what_is_its_own()
    {
        var (run, hand, a) = await StartAsync();
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        var free = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship with { Name = "free", Closes = false }, default);
        await ParkAsync(hand, a, child, 3600);
        Assert.Equal(1, await World.PassAsync(TimeSpan.FromHours(1)));
        Assert.Equal("r:qn", await World.StateAsync(run));
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from wait"));
        await World.Workers.StopChildAsync(run + 1, child, "not its own", default);
        foreach (var one in (long[])[child, free])
            await World.Workers.StopChildAsync(run, one, "too slow", default);
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(["c", "q"], await World.ListAsync<string>("select state::text from dag_run where parent_run = $1 order by run_id", run));
        Assert.Equal("too slow", await World.OneAsync<string>("select why from event where run_id = $1 and to_state = 'c'", child));
    }

    [Fact]
    public async Task It_is_cancelled_with_the_run_of_a_body_that_failed()
    {
        var (run, hand, a) = await StartAsync();
        await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default);
        await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship with { Name = "free", Closes = false }, default);
        await hand.EndAsync(a.Key, 'f');
        Assert.Equal("f:fu", await World.StateAsync(run));
        Assert.Equal(1, await World.Scheduler.StopChildrenAsync(10, default));
        Assert.Equal(["c", "q"], await World.ListAsync<string>("select state::text from dag_run where parent_run = $1 order by run_id", run));
    }

    [Fact]
    public async Task The_twentieth_of_open_runs_that_started_one_another_starts_none()
    {
        var (run, hand, a) = await StartAsync();
        for (var above = 0; above < 19; above++)
            await World.QueueRunAsync("child");
        await World.ExecuteAsync(
            "update dag_run r set parent_task = 0, parent_map = -1, parent_epoch = 0, parent_run = (select max(p.run_id) from dag_run p where p.run_id > $1 and (r.run_id = $1 or p.run_id < r.run_id))", run);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship, default));
        Assert.Equal(
            "20 open runs have started one another, the last ones of: child > child > child > d. Do these DAGs start each other in a circle? Cancel the first with what it has started: pipelines runs cancel 1", refused.Message);
    }

    [Fact]
    public async Task What_cannot_be_started_says_why()
    {
        var (run, hand, a) = await StartAsync();
        await World.DagAsync("gone", "a");
        await World.ExecuteAsync("update dag set retired_at = now() where dag_id = 'gone'");
        Assert.Equal("there is no DAG 'nobody' of which a run could be started", await RefusedAsync(Ship with { DagId = "nobody" }));
        Assert.Equal("the DAG 'gone' is retired: its folder is gone. Put its assembly back to start runs", await RefusedAsync(Ship with { DagId = "gone" }));
        Assert.Equal("the DAG 'child' takes no arguments; start it without", await RefusedAsync(Ship with { Arguments = "{\"x\":1}" }));
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Equal($"run {run} is being stopped and starts nothing any more", await RefusedAsync(Ship));

        async Task<string> RefusedAsync(NewChild child) =>
            (await Assert.ThrowsAsync<RefusedException>(() => World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, child, default))).Message;
    }

    [Fact]
    public async Task Its_trace_goes_on_in_the_attempt_that_has_started_it()
    {
        var (_, hand, a) = await StartAsync();
        const string Span = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, Ship with { TraceParent = Span }, default);
        Assert.Equal(Span, Assert.Single(await new PostgresTraceStore(World.Db).LoadAsync([child], default)).Parent);
    }

    private async Task<(long Run, Hand Hand, Assignment A)> StartAsync()
    {
        await World.DagAsync("child", "work");
        var run = await World.RunOfAsync("a ^3; b < a");
        var hand = await World.WorkerAsync();
        return (run, hand, Assert.Single(await hand.TakeAsync()));
    }

    private static Task<AdvanceReply> ParkAsync(Hand hand, Assignment a, long child, double delay = Report.NoDelay) => hand.AdvanceAsync(
        0, new Report(a.Key, a.Attempt, Report.Parked, DelaySeconds: delay, Why: $"waits for run {child} of child", Detail: $"{{\"child\": {child}, \"dag\": \"child\"}}"));

    private async Task EndAsync(Hand hand, long child, char ending, string? output)
    {
        World.Knows(child, "child");
        await World.Scheduler.StartRunsAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(child, "work", ending, ending == 's' ? output : null);
    }
}
