using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Sagas: what a failed or cancelled run has done is undone, the last first, one after the other.</summary>
[SupportedOSPlatform("linux")]
public sealed class UndoTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_failed_run_undoes_what_succeeded_in_reverse_order_of_its_ends()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", want: 10);
        await hand.EndAsync(run, "tell", 'f');
        Assert.Equal("r:ssfwqk", await World.StateAsync(run));
        var first = Assert.Single(await hand.TakeAsync());
        Assert.Equal((World.Key(run, "charge.undo"), true), (first.Key, first.Shielded));
        await hand.EndAsync(run, "charge.undo", want: 10);
        Assert.Equal("r:ssfrsk", await World.StateAsync(run));
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal("f:ssfssk", await World.StateAsync(run));
        Assert.Equal("there is nothing to undo", await World.WhyAsync(World.Key(run, "tell.undo")));
    }

    [Fact]
    public async Task A_cancelled_run_does_too_and_a_cancel_does_not_stop_an_undo()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.EndAsync(run, "charge", 'c', want: 10);
        Assert.Equal("r:sccrkk", await World.StateAsync(run));
        await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.EndAsync(run, "ship.undo", 'y');
        Assert.Equal('y', (await World.StateAsync(run))[5]);
        await World.PassAsync(TimeSpan.FromHours(1));
        await hand.TakeAsync();
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal("c:sccskk", await World.StateAsync(run));
    }

    [Theory]
    [InlineData('f', "f:sfs")]
    [InlineData('c', "c:scs")]
    public async Task What_elements_have_done_is_undone_though_their_task_has_not_succeeded(char end, string state)
    {
        var run = await World.RunOfAsync("list; charge* < list; back:Undo < charge");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", output: "[1, 2]", want: 9);
        await hand.EndAsync(World.Key(run, "charge", 0), output: "7");
        if (end == 'c')
            await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.EndAsync(World.Key(run, "charge", 1), end, want: 9);
        var undo = hand.Assignment(run, "back");
        Assert.Equal("[7]", System.Text.Encoding.UTF8.GetString(Assert.Single(await World.Workers.LoadOutputsAsync([World.Key(run, "charge")], default)).Json!));
        await hand.AdvanceAsync(0, Hand.Report(undo, 's'));
        Assert.Equal(state, await World.StateAsync(run));
    }

    [Fact]
    public async Task One_that_fails_keeps_no_other_from_running_and_changes_no_verdict()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", want: 10);
        await hand.EndAsync(run, "tell", 'f', want: 10);
        await hand.EndAsync(run, "charge.undo", 'f', want: 10);
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal("f:ssfsfk", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_run_that_succeeded_undoes_nothing_until_somebody_asks_for_it()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        Assert.Contains("is running. Cancel it", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.UndoRunAsync(run, "ann", default))).Message, StringComparison.Ordinal);
        await hand.EndAsync(run, "charge", want: 10);
        await hand.EndAsync(run, "tell");
        Assert.Equal("s:ssskkk", await World.StateAsync(run));
        Assert.Equal(3, await World.Operations.UndoRunAsync(run, new Actor("ann", "a mistake"), default));
        foreach (var task in (string[])["tell.undo", "charge.undo", "ship.undo"])
        {
            await hand.TakeAsync();
            await hand.EndAsync(run, task);
        }

        Assert.Equal("c:ssssss", await World.StateAsync(run));
        Assert.Contains("undone already", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.UndoRunAsync(run, "ann", default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_undone_is_cleared_with_it_or_not_at_all()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", 'f', want: 10);
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal("f:sfuskk", await World.StateAsync(run));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ClearAsync(run, 1, 2));
        Assert.Equal("What ship had done was undone. Clear that as well, or the whole run.", refused.Message);
        await ClearAsync(run, 0, 1, 2);
        Assert.Equal("r:qnnnnn", await World.StateAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", 'f', want: 10);
        Assert.Equal("r:sfurkk", await World.StateAsync(run));
    }

    [Fact]
    public async Task Nothing_is_built_on_what_was_undone_or_is_being_undone()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", 'f', want: 10);
        Assert.Equal("r:sfurkk", await World.StateAsync(run));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ClearAsync(run, 1, 2));
        Assert.Equal("What ship has done is being undone. Clear that as well, or wait until it is and clear the whole run.", refused.Message);
        var kept = await Assert.ThrowsAsync<RefusedException>(() => World.OneAsync<int>("select clear_tasks($1, array[0, 1, 2], array[-1, -1, -1], 'ann', null, array[0])", run));
        Assert.Equal("What ship had done was undone, so its steps are to be done again. Clear it without keeping them.", kept.Message);
        const string Undone = "What ship had done was undone, so nothing can go on from it. Fork from there: --from ship";
        Assert.Equal(Undone, (await Assert.ThrowsAsync<RefusedException>(() => ForkAsync(run, "charge"))).Message);
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal(Undone, (await Assert.ThrowsAsync<RefusedException>(() => ForkAsync(run, "charge"))).Message);
        Assert.NotNull((await ForkAsync(run, "ship")).RunId);
    }

    [Fact]
    public async Task One_that_waits_without_a_slot_holds_back_the_others()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", want: 10);
        await hand.EndAsync(run, "tell", 'f', want: 10);
        var undo = hand.Assignment(run, "charge.undo");
        await hand.AdvanceAsync(10, new Report(undo.Key, undo.Attempt, Report.Parked, DelaySeconds: 60, Why: "sleeps"));
        Assert.Equal("r:ssfwwk", await World.StateAsync(run));
        await World.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("r:ssfwqk", await World.StateAsync(run));
    }

    [Fact]
    public async Task Marking_the_run_does_not_undo_what_is_undone()
    {
        var (run, hand) = await BeginAsync();
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", 'f', want: 10);
        await hand.EndAsync(run, "ship.undo");
        await World.ExecuteAsync("select mark_run($1, 's', 'ann', null)", run);
        await World.ExecuteAsync("select mark_run($1, 'f', 'ann', null)", run);
        Assert.Equal('s', (await World.StateAsync(run))[5]);
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from event where task_no = 3 and to_state = 's'"));
    }

    [Fact]
    public async Task A_callback_that_ends_meanwhile_lets_no_second_undo_go()
    {
        var (run, hand) = await BeginAsync(new TaskSpec { Id = "page", Role = TaskRole.OnFailure });
        await hand.EndAsync(run, "ship", want: 10);
        await hand.EndAsync(run, "charge", want: 10);
        await hand.EndAsync(run, "tell", 'f', want: 10);
        Assert.Equal("r:ssfwrkr", await World.StateAsync(run));
        await hand.EndAsync(run, "page", want: 10);
        Assert.Equal("r:ssfwrks", await World.StateAsync(run));
        await hand.EndAsync(run, "charge.undo", want: 10);
        await hand.EndAsync(run, "ship.undo");
        Assert.Equal("f:ssfssks", await World.StateAsync(run));
    }

    private Task<ForkedRun> ForkAsync(long run, string from) => World.Operations.ForkRunAsync(new ForkRequest(run, from), "ann", default);

    private async Task<(long Run, Hand Hand)> BeginAsync(params TaskSpec[] more)
    {
        var spec = Graph.Parse("d", "ship; charge < ship; tell < charge");
        TaskSpec Undo(string of) => spec.Tasks[0] with { Id = $"{of}.undo", Role = TaskRole.Undo, Inputs = [of], Upstreams = [new EdgeSpec(of)], Retry = new RetryPolicy { Retries = 3 } };
        await World.DagAsync(spec with { Tasks = [.. spec.Tasks, Undo("ship"), Undo("charge"), Undo("tell"), .. more] });
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        return (run, hand);
    }

    private Task<int> ClearAsync(long run, params int[] tasks) =>
        World.Operations.ClearTasksAsync(run, [.. tasks.Select(no => new InstanceKey(run, no, -1))], "ann", default);
}
