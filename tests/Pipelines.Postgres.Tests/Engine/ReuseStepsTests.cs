using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Steps that outlive a clear, where somebody asks for it, and those that a fork begins with.</summary>
[SupportedOSPlatform("linux")]
public sealed class ReuseStepsTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_task_that_is_cleared_keeps_its_steps_and_what_is_below_it_begins_anew()
    {
        var (run, hand) = await RanAsync();
        var request = new ClearRequest(run, "a") { ReuseSteps = true };
        var dry = Assert.Single(await World.Operations.ClearTasksAsync(request with { DryRun = true }, "ann", default));
        Assert.Equal(("one two three", true), (string.Join(' ', Assert.Single(dry.Kept).Steps), dry.Kept[0].Cursor));
        Assert.Equal("s:ss", await World.StateAsync(run));
        Assert.Equal("a", Assert.Single(Assert.Single(await World.Operations.ClearTasksAsync(request, "ann", default)).Kept).TaskId);
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal("=9 at=0 one=1 three=3 two=2", await FoundAsync(a));
        Assert.Equal(5, (await World.Console.StepsAsync(a.Key, 10, default)).Count);
        Assert.Equal("", await FoundAsync(Assert.Single((await hand.AdvanceAsync(9, Hand.Report(a, 's'))).Assignments)));
    }

    [Fact]
    public async Task From_a_step_on_they_are_done_again_in_the_order_in_which_they_were_completed()
    {
        var (run, hand) = await RanAsync();
        var none = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { FromStep = "four" }, "ann", default));
        Assert.Equal($"The task a of run {run} has done no step 'four'. It has done: one, two, three.", none.Message);
        Assert.Equal("s:ss", await World.StateAsync(run));
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { FromStep = "two" }, "ann", default);
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal("at=0 one=1", await FoundAsync(a));                // the cursor has moved since then
        Assert.True(await SaveAsync(hand, a, StepKind.Step, "two", "22"));
        await hand.AdvanceAsync(0, Hand.Report(a, 'y'));
        await World.Scheduler.FireTimersAsync(10, default);
        Assert.Equal("at=0 one=1 two=22", await FoundAsync(Assert.Single(await hand.TakeAsync())));
    }

    [Fact]
    public async Task They_are_forgotten_by_a_clear_that_does_not_ask_for_them_and_by_a_run_that_is_run_again()
    {
        var (run, hand) = await RanAsync();
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = true }, "ann", default);
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a"), "ann", default);
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal("", await FoundAsync(a));
        Assert.True(await SaveAsync(hand, a, StepKind.Step, "one", "11"));
        await hand.AdvanceAsync(9, Hand.Report(a, 'f'));
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = true }, "ann", default);
        await World.Operations.CancelRunAsync(run, "ann", default);
        await World.Operations.ClearRunAsync(run, false, "ann", default);
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal("", await FoundAsync(Assert.Single(await hand.TakeAsync())));
    }

    [Fact]
    public async Task Kept_twice_they_are_there_and_failed_runs_go_on_with_them()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await SaveAsync(hand, a, StepKind.Step, "one", "1");
        await hand.AdvanceAsync(0, Hand.Report(a, 'f'));
        Assert.Null(Assert.Single(await World.Operations.RerunFailedAsync(new RerunFailed("d") { ReuseSteps = true }, "ann", default)).Refused);
        await World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = true }, "ann", default);
        Assert.Equal("one=1", await FoundAsync(Assert.Single(await hand.TakeAsync())));
    }

    [Fact]
    public async Task What_was_undone_keeps_none()
    {
        var run = await World.RunOfAsync("a; b < a; u:Undo < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await SaveAsync(hand, a, StepKind.Step, "pay", "1");
        var b = Assert.Single((await hand.AdvanceAsync(9, Hand.Report(a, 's'))).Assignments);
        var undo = Assert.Single((await hand.AdvanceAsync(9, Hand.Report(b, 'f'))).Assignments);
        await hand.AdvanceAsync(0, Hand.Report(undo, 's'));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.ClearTasksAsync(new ClearRequest(run, "a") { ReuseSteps = true }, "ann", default));
        Assert.Equal("What a had done was undone, so its steps are to be done again. Clear it without keeping them.", refused.Message);
    }

    [Fact]
    public async Task A_fork_begins_at_a_task_with_its_steps_and_both_runs_name_each_other()
    {
        var (run, hand) = await RanAsync();
        var request = new ForkRequest(run, "a") { OnOriginalVersion = true, FromStep = "three" };
        var dry = await World.Operations.ForkRunAsync(request with { DryRun = true }, "ann", default);
        Assert.Equal((null, "", "a b", "one two"), (dry.RunId, string.Join(' ', dry.TakenOver), string.Join(' ', dry.Runs), string.Join(' ', dry.Kept[0].Steps)));
        Assert.Empty((await World.Console.RunAsync(run, default))!.Forks);
        var fork = (await World.Operations.ForkRunAsync(request, new Actor("ann", "the target was rebuilt"), default)).RunId!.Value;
        World.Knows(fork, "d");
        await World.Scheduler.StartRunsAsync(9, default);
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal((1, true, "at=0 one=1 two=2"), (a.Attempt, a.Epoch > 0, await FoundAsync(a)));   // a first attempt looks for steps where the epoch is not 0
        Assert.Equal((run, fork), ((await World.Console.RunAsync(fork, default))!.TakenFrom, Assert.Single((await World.Console.RunAsync(run, default))!.Forks)));
        Assert.Equal($"run {fork} was forked from it", (await World.Console.RunEventsAsync(run, 99, default))[^1].Why);
        Assert.Equal("s:ss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_fork_is_told_what_its_task_had_been_told_and_asks_anew_what_nobody_had_answered()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        foreach (var name in new[] { "ask carrier #1", "ask carrier #2", "ask bank #1", "book" })
            await SaveAsync(hand, a, StepKind.Step, name, "1");
        foreach (var name in new[] { "wait callback:a:carrier #1", "gave up callback:a:carrier #1", "wait callback:a:carrier #2", "wait callback:a:bank #1", "wait paid #1", "sleep night" })
            await SaveAsync(hand, a, StepKind.Moment, name, "0");
        await World.Operations.SendSignalAsync(run, new NewSignal("paid") { Payload = "7" }, "ann", default);
        await World.ExecuteAsync("select send_signal($1, 'callback:a:carrier', '8', 'callback 1', 'them', null)", run);
        foreach (var name in new[] { "paid", "callback:a:carrier" })
            Assert.NotNull(await World.Workers.TakeSignalAsync(hand.Id, a.Key, a.Attempt, name, 0, default));
        await World.Operations.SendSignalAsync(run, new NewSignal("paid") { Payload = "9" }, "ann", default);
        await hand.AdvanceAsync(0, Hand.Report(a, 'f'));

        var request = new ForkRequest(run, "a") { ReuseSteps = true };
        Assert.Equal(["ask carrier #1", "ask carrier #2", "book"], (await World.Operations.ForkRunAsync(request with { DryRun = true }, "ann", default)).Kept[0].Steps);
        var fork = (await World.Operations.ForkRunAsync(request, "ann", default)).RunId!.Value;
        World.Knows(fork, "d");
        await World.Scheduler.StartRunsAsync(9, default);
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal("ask carrier #1=1 ask carrier #2=1 book=1 gave up callback:a:carrier #1=0 sleep night=0 wait callback:a:carrier #1=0", await FoundAsync(again));
        Assert.Equal("7", await ToldAsync("paid", 0));
        Assert.Equal("8", await ToldAsync("callback:a:carrier", 0));
        Assert.Null(await ToldAsync("paid", 1));

        async Task<string?> ToldAsync(string name, int nth) =>
            await World.Workers.TakeSignalAsync(hand.Id, again.Key, again.Attempt, name, nth, default) is { Json: { } json } ? Encoding.UTF8.GetString(json) : null;
    }

    [Fact]
    public async Task A_fork_is_of_the_same_version_or_of_the_newest_one()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 1);
        await hand.EndAsync(run, "b", 'f');
        await World.DagAsync("d", "a; b < a; c < b");
        foreach (var (original, state) in new[] { (true, "r:sq"), (false, "r:sqn") })
        {
            var fork = await World.Operations.ForkRunAsync(new ForkRequest(run, "b") { OnOriginalVersion = original }, "ann", default);
            Assert.Equal("a", Assert.Single(fork.TakenOver));
            World.Knows(fork.RunId!.Value, "d");
            await World.Scheduler.StartRunsAsync(9, default);
            Assert.Equal(state, await World.StateAsync(fork.RunId!.Value));
        }

        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.ForkRunAsync(new ForkRequest(run, "c") { OnOriginalVersion = true }, "ann", default));
        Assert.StartsWith("in the DAG 'd' there is no task 'c'", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A run of a and b, which has succeeded; a has done three steps, asked for a moment before them and moved its cursor after them; b has done one.</summary>
    private async Task<(long Run, Hand Hand)> RanAsync()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await SaveAsync(hand, a, StepKind.Moment, "at", "0");
        foreach (var (name, value) in new[] { ("one", "1"), ("two", "2"), ("three", "3") })
            await SaveAsync(hand, a, StepKind.Step, name, value);
        await SaveAsync(hand, a, StepKind.Cursor, "", "9");
        var b = Assert.Single((await hand.AdvanceAsync(9, Hand.Report(a, 's'))).Assignments);
        await SaveAsync(hand, b, StepKind.Step, "other", "4");
        await hand.AdvanceAsync(0, Hand.Report(b, 's'));
        Assert.Equal("s:ss", await World.StateAsync(run));
        return (run, hand);
    }

    private Task<bool> SaveAsync(Hand hand, Assignment a, StepKind kind, string name, string output) =>
        World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(kind, name, Encoding.UTF8.GetBytes(output)), default);

    private async Task<string> FoundAsync(Assignment a) => string.Join(
        ' ', (await World.Workers.LoadStepsAsync(a.Key, a.FirstStartedAt, default)).Select(step => $"{step.Name}={Encoding.UTF8.GetString(step.Output!)}").Order(StringComparer.Ordinal));
}
