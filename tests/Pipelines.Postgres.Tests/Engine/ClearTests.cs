using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Cleared instances run again; what ran is fenced, and everything that waits is counted anew.</summary>
[SupportedOSPlatform("linux")]
public sealed class ClearTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task An_ended_run_goes_on_from_what_was_cleared()
    {
        var (run, hand) = await StartAsync("a; b < a; c < b");
        await hand.EndAsync(run, "a", want: 1);
        await hand.EndAsync(run, "b", 'f');
        Assert.Equal("f:sfu", await World.StateAsync(run));
        Assert.Equal(2, await ClearAsync(run, "b", "c"));
        Assert.Equal("r:sqn", await World.StateAsync(run));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1, 1), (again.Attempt, again.Tries, again.Epoch));
        await hand.EndAsync(run, "b", want: 1);
        await hand.EndAsync(run, "c");
        Assert.Equal("s:sss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_running_attempt_is_fenced_and_its_pool_slot_free()
    {
        var (run, hand) = await StartAsync("a @p; b < a");
        var old = hand.Assignment(run, "a");
        await ClearAsync(run, "a", "b");
        Assert.Equal("r:qn", await World.StateAsync(run));
        var reply = await hand.AdvanceAsync(1, Hand.Report(old, 's'));
        Assert.Equal([old.Key], reply.Fenced);
        Assert.Equal(2, Assert.Single(reply.Assignments).Attempt);
        Assert.Equal([old.Key], (await hand.AdvanceAsync(0, Hand.Report(old, 's'))).Fenced);
        Assert.Equal("r:rn", await World.StateAsync(run));
    }

    [Fact]
    public async Task What_still_waits_counts_the_cleared_upstream_as_open_again()
    {
        var (run, hand) = await StartAsync("a; b; c < a b");
        await hand.EndAsync(run, "a");
        await ClearAsync(run, "a");
        await hand.EndAsync(run, "b");
        Assert.Equal("r:qsn", await World.StateAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        Assert.Equal("r:ssq", await World.StateAsync(run));
    }

    [Fact]
    public async Task What_the_upstreams_that_stand_decide_is_decided_at_once()
    {
        var (run, hand) = await StartAsync("a; b < a; c:AllDone < b");
        await hand.EndAsync(run, "a", 'f');
        await hand.TakeAsync();
        await hand.EndAsync(run, "c");
        Assert.Equal("s:fus", await World.StateAsync(run));
        await ClearAsync(run, "b", "c");                                     // a has failed and stays so
        Assert.Equal("r:fuq", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_mapped_task_is_mapped_anew_over_the_new_list()
    {
        var (run, hand) = await StartAsync("list; each* < list; sum < each");
        await hand.EndAsync(run, "list", 's', "[1,2,3]");
        await hand.TakeAsync();
        foreach (var index in new[] { 0, 1, 2 })
            await hand.EndAsync(World.Key(run, "each", index), want: 1);
        await ClearAsync(run, "list", "each", "sum");
        Assert.Equal(("r:qnn", "xxx"), (await World.StateAsync(run), await World.ElementsAsync(run, "each")));
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", 's', "[1,2]");
        Assert.Equal("qqx", await World.ElementsAsync(run, "each"));
        foreach (var again in await hand.TakeAsync())
        {
            Assert.Equal(2, again.Attempt);
            await hand.EndAsync(again.Key, want: 0);
        }

        Assert.Equal("r:ssq", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_single_element_runs_again_and_its_neighbours_stand()
    {
        var (run, hand) = await StartAsync("list; each*1 < list; sum < each");
        await hand.EndAsync(run, "list", 's', "[1,2]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "each", 0), 'f', want: 1);
        await hand.EndAsync(World.Key(run, "each", 1));
        Assert.Equal("f:sfu", await World.StateAsync(run));
        Assert.Equal(2, await World.OneAsync<int>("select clear_tasks($1, '{1,2}', '{0,-1}', 'ann', null)", run));
        Assert.Equal(("r:swn", "qs"), (await World.StateAsync(run), await World.ElementsAsync(run, "each")));
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "each", 0));
        Assert.Equal(("r:ssq", "ss"), (await World.StateAsync(run), await World.ElementsAsync(run, "each")));
    }

    [Fact]
    public async Task The_runs_callbacks_are_called_anew_by_the_new_verdict()
    {
        var (run, hand) = await StartAsync("a; page:OnFailure; thank:OnSuccess");
        await hand.EndAsync(run, "a", 'f', want: 1);
        await hand.EndAsync(run, "page");
        Assert.Equal("f:fsk", await World.StateAsync(run));
        Assert.Equal(1, await ClearAsync(run, "a"));
        Assert.Equal("r:qnn", await World.StateAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 1);
        await hand.EndAsync(run, "thank");
        Assert.Equal("s:sks", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_run_that_waits_or_is_being_stopped_is_refused()
    {
        await World.DagAsync("d", "a");
        var queued = await World.QueueRunAsync("d");
        Assert.Contains("has not started", await RefusedAsync(queued), StringComparison.Ordinal);
        await World.Scheduler.StartRunsAsync(1, default);
        await (await World.WorkerAsync()).TakeAsync();
        await World.Operations.CancelRunAsync(queued, "ann", default);
        Assert.Contains("is being stopped", await RefusedAsync(queued), StringComparison.Ordinal);
        Assert.Contains("no run", await RefusedAsync(12345), StringComparison.Ordinal);
    }

    private async Task<string> RefusedAsync(long run)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", run));
        return refused.Message;
    }

    private Task<int> ClearAsync(long run, params string[] tasks) => World.OneAsync<int>(
        "select clear_tasks($1, $2, $3, 'ann', null)", run, tasks.Select(task => World.Key(run, task).TaskNo).ToArray(), tasks.Select(_ => -1).ToArray());

    private async Task<(long Run, Hand Hand)> StartAsync(string graph)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        return (run, hand);
    }
}
