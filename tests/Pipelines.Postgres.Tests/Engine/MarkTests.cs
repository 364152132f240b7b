using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Instances and runs that somebody ends by hand.</summary>
[SupportedOSPlatform("linux")]
public sealed class MarkTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task What_failed_below_a_task_that_is_marked_runs_and_the_run_goes_on()
    {
        var (run, hand) = await StartAsync("a; b < a; c < b; d:AllDone < a");
        await hand.EndAsync(run, "a", 'f', want: 1);
        await hand.EndAsync(run, "d");
        Assert.Equal("s:fuus", await World.StateAsync(run));
        Assert.Equal(1, await MarkAsync(run, 's', "a"));
        Assert.Equal("r:sqns", await World.StateAsync(run));                // d succeeded and stays
        Assert.Equal("marked succeeded: by letter", await World.WhyAsync(World.Key(run, "a")));
        await hand.TakeAsync();
        await hand.EndAsync(run, "b", want: 1);
        await hand.EndAsync(run, "c");
        Assert.Equal("s:ssss", await World.StateAsync(run));
    }

    [Fact]
    public async Task The_last_failure_that_is_marked_ends_the_run_as_succeeded_and_its_callbacks_are_called_anew()
    {
        var (run, hand) = await StartAsync("a; page:OnFailure; thank:OnSuccess");
        await hand.EndAsync(run, "a", 'f', want: 1);
        await hand.EndAsync(run, "page");
        Assert.Equal("f:fsk", await World.StateAsync(run));
        await MarkAsync(run, 's', "a");
        Assert.Equal("r:skq", await World.StateAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(run, "thank");
        Assert.Equal("s:sks", await World.StateAsync(run));
        Assert.Equal("ann", await World.OneAsync<string>("select actor from event where run_id = $1 and task_no = 0 order by event_id desc limit 1", run));
    }

    [Fact]
    public async Task A_running_attempt_is_fenced_and_its_pool_slot_free()
    {
        var (run, hand) = await StartAsync("a @p; b < a");
        var old = hand.Assignment(run, "a");
        await MarkAsync(run, 'k', "a");
        Assert.Equal("s:kk", await World.StateAsync(run));
        Assert.Equal([old.Key], (await hand.AdvanceAsync(0, Hand.Report(old, 's'))).Fenced);
        Assert.Equal("s:kk", await World.StateAsync(run));
    }

    [Fact]
    public async Task One_that_is_marked_failed_fails_what_waits_and_stops_a_fail_fast_run()
    {
        var (run, hand) = await StartAsync("a; b < a; c");
        await MarkAsync(run, 'f', "a");
        Assert.Equal("r:fur", await World.StateAsync(run));
        await hand.EndAsync(run, "c");
        Assert.Equal("f:fus", await World.StateAsync(run));

        await World.DagAsync(Graph.Parse("fast", "a; c; x < c") with { FailFast = true });
        var fast = await World.RunAsync("fast");
        await hand.TakeAsync();
        await MarkAsync(fast, 'f', "a");
        Assert.Equal("r:frc", await World.StateAsync(fast));
        await hand.EndAsync(fast, "c", 'c');
        Assert.Equal("f:fcc", await World.StateAsync(fast));
    }

    [Fact]
    public async Task A_marked_element_ends_its_mapped_task_and_only_its_own_way_through_a_group_is_decided_anew()
    {
        var (run, hand) = await StartAsync("list; load* < list; check* < list #load; sum < check");
        await hand.EndAsync(run, "list", 's', "[1,2]");
        await hand.TakeAsync();
        await hand.EndAsync(World.Key(run, "load", 0), 'f', want: 2);
        await hand.EndAsync(World.Key(run, "load", 1), want: 2);
        await hand.EndAsync(World.Key(run, "check", 1));
        Assert.Equal(("f:sfuu", "fs", "us"), (await World.StateAsync(run), await World.ElementsAsync(run, "load"), await World.ElementsAsync(run, "check")));
        Assert.Equal(1, await World.Operations.MarkTasksAsync(run, [World.Key(run, "load", 0)], 's', "ann", default));
        Assert.Equal(("r:sswn", "ss", "qs"), (await World.StateAsync(run), await World.ElementsAsync(run, "load"), await World.ElementsAsync(run, "check")));
    }

    [Fact]
    public async Task What_is_so_already_is_left_alone_and_what_is_not_there_is_refused()
    {
        var (run, hand) = await StartAsync("a; b");
        await hand.EndAsync(run, "a");
        Assert.Equal(0, await MarkAsync(run, 's', "a"));
        Assert.Equal(0, await World.OneAsync<int>("select epoch from dag_run where run_id = $1", run));
        Assert.Contains("none of these", await RefusedAsync(() => World.Operations.MarkTasksAsync(run, [new(run, 7, -1)], 's', "ann", default)), StringComparison.Ordinal);
        Assert.Contains("no run 99", await RefusedAsync(() => World.Operations.MarkTasksAsync(99, [new(99, 0, -1)], 's', "ann", default)), StringComparison.Ordinal);
        var queued = await World.QueueRunAsync("d");
        Assert.Contains("has not started", await RefusedAsync(() => MarkAsync(queued, 's', "a")), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Contains("is being stopped", await RefusedAsync(() => MarkAsync(run, 's', "b")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('s', "r:sssq", "s:ssss")]
    [InlineData('f', "r:sfkq", "f:sfks")]
    public async Task A_run_that_is_marked_ends_after_its_teardowns(char to, string then, string atLast)
    {
        var (run, hand) = await StartAsync("a; b < a; c < b; drop:Teardown < a !b !c");
        await hand.EndAsync(run, "a", want: 1);
        var running = hand.Assignment(run, "b");
        Assert.Equal('r', await World.Operations.MarkRunAsync(run, to, new Actor("ann", "enough"), default));
        Assert.Equal(then, await World.StateAsync(run));
        Assert.Equal([running.Key], (await hand.AdvanceAsync(1, Hand.Report(running, 's'))).Fenced);
        await hand.EndAsync(run, "drop");
        Assert.Equal(atLast, await World.StateAsync(run));
    }

    [Fact]
    public async Task An_ended_run_gets_another_end_and_so_does_one_that_waits_or_does_not_stop()
    {
        var (run, hand) = await StartAsync("a; b < a");
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal('s', await World.Operations.MarkRunAsync(run, 's', "ann", default));
        Assert.Equal("s:ss", await World.StateAsync(run));
        Assert.Equal('f', await World.Operations.MarkRunAsync(run, 'f', "ann", default));
        Assert.Equal("f:ss", await World.StateAsync(run));
        var queued = await World.QueueRunAsync("d");
        Assert.Equal('s', await World.Operations.MarkRunAsync(queued, 's', "ann", default));
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(9, default));
        var stuck = await World.RunAsync("d");
        await hand.TakeAsync();
        await World.Operations.CancelRunAsync(stuck, "ann", default);
        Assert.Equal("r:rc", await World.StateAsync(stuck));
        Assert.Equal('f', await World.Operations.MarkRunAsync(stuck, 'f', "ann", default));
        Assert.Equal("f:fc", await World.StateAsync(stuck));
    }

    private static async Task<string> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Message;

    private Task<int> MarkAsync(long run, char state, params string[] tasks) =>
        World.Operations.MarkTasksAsync(run, [.. tasks.Select(task => World.Key(run, task))], state, new Actor("ann", "by letter"), default);

    private async Task<(long Run, Hand Hand)> StartAsync(string graph)
    {
        var run = await World.RunOfAsync(graph);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        return (run, hand);
    }
}
