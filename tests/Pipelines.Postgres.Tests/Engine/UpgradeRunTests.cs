using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Open runs that go over to another version of their DAG.</summary>
[SupportedOSPlatform("linux")]
public sealed class UpgradeRunTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task Added_tasks_run_wherever_they_stand_and_what_is_done_stays()
    {
        var run = await World.RunOfAsync("a; b < a; c < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', "1", want: 1);
        var done = await MoveAsync(run, "a; first; b < a; before < b; c < b before; last < c");
        Assert.Null(done.Refused);
        Assert.Equal(("first before last", "", "c"), (string.Join(' ', done.Added), string.Join(' ', done.Removed), string.Join(' ', done.Rewired)));
        // The tasks of the run keep their numbers, b's attempt goes on, and its report is taken.
        Assert.Equal("a:s b:r c:n first:q before:n last:n", await TasksAsync(run));
        await hand.EndAsync(new InstanceKey(run, 1, -1), want: 9);
        Assert.Equal("a:s b:s c:n first:r before:r last:n", await TasksAsync(run));
        foreach (var held in hand.Held.Keys.ToList())
            await hand.EndAsync(held, want: 9);
        foreach (var held in hand.Held.Keys.ToList())
            await hand.EndAsync(held, want: 9);
        Assert.Equal("a:s b:s c:s first:s before:s last:r", await TasksAsync(run));
        await hand.EndAsync(hand.Held.Keys.Single());
        Assert.StartsWith("s:", await World.StateAsync(run), StringComparison.Ordinal);
        var told = Assert.Single(await World.Console.RunEventsAsync(run, 99, default), e => e.Why?.StartsWith("graph changed", StringComparison.Ordinal) == true);
        Assert.Equal(("ann", "graph changed from version 1 to 2: two steps more"), (told.Actor, told.Why));
        Assert.Equal(2, (await World.Console.RunAsync(run, default))!.VersionId);
    }

    [Fact]
    public async Task Removed_tasks_that_have_not_begun_are_taken_away_and_what_has_ended_counts_no_more()
    {
        var run = await World.RunOfAsync("a; b < a; c < b; d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f');
        Assert.Equal("a:f b:u c:u d:r", await TasksAsync(run));
        await MoveAsync(run, "d; e < d");
        Assert.Equal("a:f b:u c:u d:r e:n", await TasksAsync(run));
        await hand.EndAsync(new InstanceKey(run, 3, -1), want: 1);
        await hand.EndAsync(hand.Held.Keys.Single());
        Assert.StartsWith("s:", await World.StateAsync(run), StringComparison.Ordinal);
        Assert.Equal(0, await World.OneAsync<int>("select failures from dag_run where run_id = $1", run));
    }

    [Fact]
    public async Task A_version_that_comes_back_goes_on_where_it_was()
    {
        var run = await World.RunOfAsync("a; b < a; c < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 1);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "b"), 'y', delay: 1000));
        var began = await World.OneAsync<DateTime>("select first_started_at from task_instance where run_id = $1 and task_no = 1", run);
        await World.DagAsync("d", "c");
        Assert.Null((await World.Operations.UpgradeRunsAsync(new() { RunId = run }, "ann", default)).Single().Refused);
        Assert.Equal("a:s b:x c:q", await TasksAsync(run));
        Assert.Equal(0, await World.OneAsync<int>("select count(*)::int from timer"));
        await World.DagAsync("d", "a; b < a; c < b");
        Assert.Null((await World.Operations.UpgradeRunsAsync(new() { RunId = run }, "ann", default)).Single().Refused);
        // What had succeeded is not done again, and b goes on with the steps of its first attempt.
        Assert.Equal("a:s b:q c:n", await TasksAsync(run));
        Assert.Equal((began, (short)1), (await World.OneAsync<DateTime>("select first_started_at from task_instance where run_id = $1 and task_no = 1", run), await World.OneAsync<short>("select attempt from task_instance where run_id = $1 and task_no = 1", run)));
        Assert.Equal(2, await World.OneAsync<int>("select count(*)::int from dag_version where base_id is null"));
    }

    [Fact]
    public async Task What_a_task_that_comes_back_had_asked_and_started_is_there_still()
    {
        await World.DagAsync("child", "work");
        var run = await World.RunOfAsync("a; c");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        var a = hand.Assignment(run, "a");
        var child = await World.Workers.StartChildAsync(hand.Id, a.Key, a.Attempt, new NewChild("child", "ship", null, true, null), default);
        await World.Workers.OpenCallbackAsync(hand.Id, a.Key, a.Attempt, "callback:a:carrier", [1], TimeSpan.FromHours(1), null, default);
        foreach (var step in new[] { "run ship", "ask carrier #1" })
            await World.Workers.SaveStepAsync(hand.Id, a.Key, a.Attempt, new FinishedStep(StepKind.Step, step, "1"u8.ToArray()), default);
        await hand.AdvanceAsync(0, Hand.Report(a, 'y', delay: 1000));
        await MoveAsync(run, "c");
        Assert.Equal("a:x c:r", await TasksAsync(run));
        Assert.Equal("c", await World.OneAsync<string>("select call_back_in(1, $1, '7', 'them', null)", new byte[] { 1 }));
        await MoveAsync(run, "a; c");
        Assert.Equal("a:q c:r", await TasksAsync(run));
        Assert.Equal(0, await World.Scheduler.StopChildrenAsync(10, default));
        var again = Assert.Single(await hand.TakeAsync());
        Assert.Equal(2, (await World.Workers.LoadStepsAsync(again.Key, again.FirstStartedAt, default)).Count);
        Assert.NotNull(await World.Workers.TakeSignalAsync(hand.Id, again.Key, again.Attempt, "callback:a:carrier", 0, default));
        Assert.Equal("q", await World.OneAsync<string>("select state::text from dag_run where run_id = $1", child));
    }

    [Theory]
    [InlineData("a; new; b < a new; c < b", "adds task new before b, which has begun")]
    [InlineData("a; c < a", "task b is running, and version 2 has none of that id")]
    [InlineData("a; b* < a; c < b", "task b has begun, and in version 2 it is mapped")]
    public async Task What_would_be_lost_or_out_of_order_is_refused_and_left_as_it_was(string graph, string why)
    {
        var run = await World.RunOfAsync("a; b < a; c < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', "[1]", want: 1);
        var refused = await MoveAsync(run, graph);
        Assert.Contains(why, refused.Refused, StringComparison.Ordinal);
        Assert.Equal("a:s b:r c:n", await TasksAsync(run));
        Assert.Equal(1, (await World.Console.RunAsync(run, default))!.VersionId);
        Assert.DoesNotContain(await World.Console.RunEventsAsync(run, 99, default), e => e.Why?.StartsWith("graph changed", StringComparison.Ordinal) == true);
        await hand.EndAsync(new InstanceKey(run, 1, -1), want: 1);
        await hand.EndAsync(new InstanceKey(run, 2, -1));
        Assert.Equal("s:sss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_dry_run_says_the_same_and_changes_nothing()
    {
        var run = await World.RunOfAsync("a; b < a");
        await World.DagAsync("d", "new; a; c < a");
        var said = (await World.Operations.UpgradeRunsAsync(new() { DagId = "d", DryRun = true }, "ann", default)).Single();
        Assert.Equal((run, 1, 2, "new c", "b", null), (said.RunId, said.From, said.To, string.Join(' ', said.Added), string.Join(' ', said.Removed), said.Refused));
        Assert.Equal("a:q b:n", await TasksAsync(run));
        Assert.Equal((2, 0), (await World.OneAsync<int>("select count(*)::int from dag_version"), await World.OneAsync<int>("select count(*)::int from audit where what like 'upgrade%'")));
        var done = (await World.Operations.UpgradeRunsAsync(new() { DagId = "d" }, "ann", default)).Single();
        Assert.Equal(said.Added.Concat(said.Removed).Concat(said.Rewired), done.Added.Concat(done.Removed).Concat(done.Rewired));
        Assert.Equal("a:q b:x new:q c:n", await TasksAsync(run));
        Assert.Equal(1, await World.OneAsync<int>("select count(*)::int from audit where what = 'upgrade to version 2' and target = $1", $"{run}"));
        Assert.Empty(await World.Operations.UpgradeRunsAsync(new() { DagId = "d" }, "ann", default));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_start_begins_on_the_other_version()
    {
        await World.DagAsync("d", "a; b < a");
        var run = await World.QueueRunAsync("d");
        await MoveAsync(run, "new; b < new; a < b");
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal("new:q b:n a:n", await TasksAsync(run));
    }

    [Fact]
    public async Task A_run_that_was_moved_and_is_run_again_whole_has_the_tasks_of_its_version()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await MoveAsync(run, "new; a < new");
        Assert.Equal("a:n b:x new:q", await TasksAsync(run));
        await hand.TakeAsync();
        await hand.EndAsync(hand.Held.Keys.Single(), want: 1);
        await hand.EndAsync(hand.Held.Keys.Single());
        Assert.Equal('q', await World.Operations.ClearRunAsync(run, false, "ann", default));
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal("new:q a:n", await TasksAsync(run));
        Assert.Equal("1 1", await World.OneAsync<string>("select string_agg(attempt::text, ' ' order by task_no) from task_instance where run_id = $1", run));
    }

    [Fact]
    public async Task Tasks_that_the_version_has_no_more_are_neither_cleared_nor_marked()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        await MoveAsync(run, "b");
        Assert.Equal("a:s b:q", await TasksAsync(run));
        await Assert.ThrowsAsync<RefusedException>(() => World.Operations.ClearTasksAsync(run, [new(run, 0, -1)], "ann", default));
        await Assert.ThrowsAsync<RefusedException>(() => World.Operations.MarkTasksAsync(run, [new(run, 0, -1)], 'f', "ann", default));
        Assert.Equal('r', await World.Operations.ClearRunAsync(run, false, "ann", default));
        Assert.Equal("a:s b:q", await TasksAsync(run));
        Assert.Equal('s', await World.Operations.MarkRunAsync(run, 's', "ann", default));
    }

    [Fact]
    public async Task Ended_and_stopping_runs_and_versions_of_others_are_refused()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await World.DagAsync("e", "x");
        Assert.Contains("has no version 2", await RefusedAsync(run, 2), StringComparison.Ordinal);
        Assert.Contains("is on version 1 already", await RefusedAsync(run, 1), StringComparison.Ordinal);
        await World.DagAsync("d", "a; b");
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Contains("is being stopped", await RefusedAsync(run, 3), StringComparison.Ordinal);
        await hand.EndAsync(run, "a", 'c');
        Assert.Contains("has ended", await RefusedAsync(run, 3), StringComparison.Ordinal);
        Assert.Contains("there is no run 99", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.UpgradeRunsAsync(new() { RunId = 99 }, "ann", default))).Message, StringComparison.Ordinal);
        Assert.Contains("'none'", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.UpgradeRunsAsync(new() { DagId = "none" }, "ann", default))).Message, StringComparison.Ordinal);
    }

    /// <summary>A table that tells of tasks by number and is forgotten would give one task's rows to another.</summary>
    [Fact]
    public async Task Everything_that_tells_of_tasks_by_number_goes_with_them()
    {
        var told = await World.ListAsync<string>("select name from numbered_tables() order by 1");
        var there = await World.ListAsync<string>(
            """
            select c.relname::text from pg_class c
            where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = (select relnamespace from pg_class where oid = 'task_instance'::regclass)
              and (select count(*) from pg_attribute a where a.attrelid = c.oid and not a.attisdropped and a.attname in ('run_id', 'task_no')) = 2 order by 1
            """);
        Assert.Equal(there, told);
    }

    private async Task<string> RefusedAsync(long run, int version) =>
        (await World.Operations.UpgradeRunsAsync(new() { RunId = run, Version = version }, "ann", default)).Single().Refused!;

    private async Task<UpgradedRun> MoveAsync(long run, string graph)
    {
        await World.DagAsync("d", graph);
        return (await World.Operations.UpgradeRunsAsync(new() { RunId = run }, new Actor("ann", "two steps more"), default)).Single();
    }

    /// <summary>The states of a run's tasks by their ids.</summary>
    private Task<string> TasksAsync(long run) => World.OneAsync<string>(
        """
        select string_agg(k.task_id || ':' || t.state::text, ' ' order by t.task_no)
        from dag_run r join task_instance t on t.run_id = r.run_id and t.map_index = -1 join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no where r.run_id = $1
        """,
        run);
}
