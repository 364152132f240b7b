using System.Runtime.Versioning;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Runs that begin with what another came to, runs of some tasks only, and runs that move to another version.</summary>
[SupportedOSPlatform("linux")]
public sealed class AgainTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_run_from_a_task_on_takes_the_outputs_of_what_is_not_below_it()
    {
        var run = await World.RunOfAsync("list; each* < list; sum < each; other; last < sum other");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "list", 's', "[1,2]");
        await hand.EndAsync(run, "other", 'f', want: 9);
        foreach (var i in new[] { 0, 1 })
            await hand.EndAsync(World.Key(run, "each", i), 's', $"{i}", want: 1);
        await hand.EndAsync(run, "sum", 's', "3");
        Assert.Equal("f:sssfu", await World.StateAsync(run));
        var again = await ForkAsync(run, "sum", new Actor("ann", "sums were wrong"));
        World.Knows(again, "d");
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal(("r:ssqqn", "ss"), (await World.StateAsync(again), await World.ElementsAsync(again, "each")));
        Assert.Equal($"taken over from run {run}", await World.WhyAsync(World.Key(again, "each", 1)));
        Assert.Equal("0, 1", await World.OneAsync<string>("select string_agg(output::text, ', ' order by map_index) from task_instance where run_id = $1 and map_index >= 0", again));
        Assert.Equal(0, await World.OneAsync<int>("select sum(attempt)::int from task_instance where run_id = $1", again));
        foreach (var one in await hand.TakeAsync())
            await hand.EndAsync(one.Key, want: 9);
        await hand.EndAsync(again, "last");
        Assert.Equal("s:sssss", await World.StateAsync(again));
        var shown = (await World.Console.RunAsync(again, default))!;
        Assert.Equal((run, 'm', (await World.Console.RunAsync(run, default))!.Run.ScheduledFor), (shown.TakenFrom, shown.Run.Kind, shown.Run.ScheduledFor));
        Assert.Contains("sums were wrong", (await World.Console.RunEventsAsync(again, 99, default))[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_failed_run_one_is_made_and_not_one_more_each_time_it_is_asked_for()
    {
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f');
        var request = new RerunFailed("d") { FromTask = "b" };
        Assert.Null(Assert.Single(await World.Operations.RerunFailedAsync(request with { DryRun = true }, "ann", default)) is { Made: null, Refused: var refused } ? refused : "made");
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run"));
        await World.ExecuteAsync("update dag set retired_at = clock_timestamp()");
        Assert.Contains("is retired", Assert.Single(await World.Operations.RerunFailedAsync(request with { DryRun = true }, "ann", default)).Refused, StringComparison.Ordinal);
        await World.ExecuteAsync("update dag set retired_at = null");
        var once = new Actor("ann") { Once = "click" };
        var made = Assert.Single(await World.Operations.RerunFailedAsync(request, once, default)).Made;
        Assert.Equal(made, Assert.Single(await World.Operations.RerunFailedAsync(request, once, default)).Made);
        Assert.Empty(await World.Operations.RerunFailedAsync(request, "ann", default));
        Assert.Empty(await World.Operations.RerunFailedAsync(request with { DryRun = true }, "ann", default));
        Assert.Single(await World.Operations.RerunFailedAsync(new RerunFailed("d") { DryRun = true }, "ann", default));
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from dag_run"));
    }

    [Fact]
    public async Task A_setup_in_whose_scope_the_task_lies_runs_anew_with_the_work_between()
    {
        var run = await World.RunOfAsync("make; work < make; more < work; drop:Teardown < make !work !more");
        await EndAllAsync(run);
        var again = await ForkAsync(run, "more", "ann");
        World.Knows(again, "d");
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal("r:qnnn", await World.StateAsync(again));
    }

    [Fact]
    public async Task A_backfill_of_some_tasks_leaves_the_others_out_of_new_runs_and_alone_in_those_there_are()
    {
        await World.DagAsync("d", "a; b < a; c:OneSuccess < b; e:AllFailed < b c", cron: "0 0 * * *");
        var hand = await World.WorkerAsync();
        var whole = await OpenAsync(new NewBackfill("d", new(2025, 1, 1), new(2025, 1, 1), "missing", false, 5, 1));
        await World.Scheduler.PaceBackfillAsync(whole, Planned.Days(2, 1), Planned.Day(2), true, default);
        await World.Scheduler.StartRunsAsync(9, default);
        var first = await World.OneAsync<long>("select max(run_id) from dag_run");
        World.Knows(first, "d");
        foreach (var task in "abc")
        {
            await hand.TakeAsync();
            await hand.EndAsync(first, $"{task}", 's', $"\"{task}\"");
        }

        Assert.Equal("s:sssk", await World.StateAsync(first));
        await World.Scheduler.FinishBackfillsAsync(default);

        var part = await OpenAsync(new NewBackfill("d", new(2025, 1, 1), new(2025, 1, 2), "all", false, 5, 2) { Tasks = ["c"], Downstream = true });
        await World.Scheduler.PaceBackfillAsync(part, Planned.Days(2, 2), Planned.Day(3), true, default);
        await World.Scheduler.StartRunsAsync(9, default);
        var second = await World.OneAsync<long>("select max(run_id) from dag_run");
        World.Knows(second, "d");
        Assert.Equal(("r:ssqk", "r:kkqn"), (await World.StateAsync(first), await World.StateAsync(second)));
        Assert.Equal((byte)'b', (byte)(await World.OneAsync<string>("select output #>> '{}' from task_instance where run_id = $1 and task_no = 1", first))[0]);
        Assert.Equal($"no part of backfill {part.Id}", await World.WhyAsync(World.Key(second, "a")));
        foreach (var one in await hand.TakeAsync())
            await hand.EndAsync(one.Key, 'f');
        Assert.Equal(("f:ssfk", "r:kkfq"), (await World.StateAsync(first), await World.StateAsync(second)));   // e: c failed, and b does not count in the second
        await hand.TakeAsync();
        await hand.EndAsync(second, "e");
        Assert.Equal("s:kkfs", await World.StateAsync(second));

        // Cleared, what was left out is part of the run again, and what is below goes by it.
        await World.ExecuteAsync("select clear_tasks($1, '{0,1,2,3}', '{-1,-1,-1,-1}', 'ann', null)", second);
        Assert.Equal("r:qnnn", await World.StateAsync(second));
        Assert.Equal("0 0 4 6", await World.OneAsync<string>("select string_agg(trigger_rule::text, ' ' order by task_no) from task_instance where run_id = $1", second));
    }

    [Fact]
    public async Task A_run_that_is_run_again_on_the_current_version_keeps_what_belongs_to_its_tasks()
    {
        var run = await World.RunOfAsync("a; b < a; c < b");
        await EndAllAsync(run);
        await World.Operations.NoteAsync(run, "c", -1, "as expected", "ann", default);
        await World.DagAsync("d", "c; new < c; a < new");
        Assert.Equal('q', await World.Operations.ClearRunAsync(run, true, "ann", default));
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal("r:qnn", await World.StateAsync(run));
        Assert.Equal("1 0 1", await World.OneAsync<string>("select string_agg(attempt::text, ' ' order by task_no) from task_instance where run_id = $1", run));
        var attempts = await World.Console.AttemptsAsync(World.Key(run, "a"), default);
        Assert.Equal('s', Assert.Single(attempts).State);
        Assert.Equal("c", Assert.Single((await World.Console.RunAsync(run, default))!.Notes).TaskId);
        Assert.Contains(await World.Console.RunEventsAsync(run, 99, default), e => e is { TaskId: "a task that is no more", To: 's' });
    }

    /// <summary>Approvals outlive their tasks: each goes under a number of its own.</summary>
    [Fact]
    public async Task A_run_whose_approval_is_named_anew_again_and_again_moves_each_time()
    {
        await AskAsync("ok");
        var run = await World.RunAsync("d");
        foreach (var name in new[] { "sign", "ok", "agree" })
        {
            await World.WaitsAsync();
            await World.ExecuteAsync("select decide($1, 0, -1, 'web:ann', 'o', true, null, null)", run);
            Assert.Equal("s:s", await World.StateAsync(run));
            await AskAsync(name);
            await World.Operations.ClearRunAsync(run, true, "ann", default);
            await World.Scheduler.StartRunsAsync(9, default);
        }

        Assert.Equal(3, await World.OneAsync<long>("select count(*) from approval where state = 's'"));

        Task<RegisteredDag> AskAsync(string task) => World.DagAsync(Graph.Parse("d", task).Waiting(task, new WaitSpec { Kind = WaitKind.Approval, Approval = new ApprovalSpec { Question = "Shall it?" } }));
    }

    [Fact]
    public async Task Failed_dates_of_a_backfill_run_again_and_it_is_open_until_they_have()
    {
        await World.DagAsync("d", "a", cron: "0 0 * * *");
        var hand = await World.WorkerAsync();
        var open = await OpenAsync(new NewBackfill("d", new(2025, 1, 1), new(2025, 1, 3), "missing", false, 5, 3));
        await World.Scheduler.PaceBackfillAsync(open, Planned.Days(2, 3), Planned.Day(4), true, default);
        await World.Scheduler.StartRunsAsync(9, default);
        foreach (var (one, i) in (await hand.TakeAsync()).Select((one, i) => (one, i)))
            await hand.EndAsync(one.Key, i == 1 ? 'f' : 's');
        await World.Scheduler.FinishBackfillsAsync(default);
        Assert.Equal(1, await World.Operations.RetryBackfillAsync(open.Id, new Actor("ann", "mended"), default));
        Assert.Equal('r', (await World.Console.BackfillAsync(open.Id, default))!.State);
        Assert.Equal("sqs", await World.OneAsync<string>("select string_agg(state::text, '' order by scheduled_for) from dag_run"));
        await World.Scheduler.StartRunsAsync(9, default);
        await hand.EndAsync((await hand.TakeAsync())[0].Key);
        await World.Scheduler.FinishBackfillsAsync(default);
        Assert.Equal('s', (await World.Console.BackfillAsync(open.Id, default))!.State);
        await Assert.ThrowsAsync<RefusedException>(() => World.Operations.RetryBackfillAsync(open.Id, "ann", default));
    }

    [Fact]
    public async Task Of_callers_with_one_key_one_makes_the_run()
    {
        await World.DagAsync("d", "a");
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => World.Operations.StartRunAsync(new NewRun("d") { Key = "order-815", Note = "by mail" }, "ann", default)));
        Assert.Single(made.Select(one => one.RunId).Distinct());
        Assert.Single(made, one => one.IsNew);
        Assert.NotEqual(made[0].RunId, (await World.Operations.StartRunAsync(new NewRun("d") { Key = "order-816" }, "ann", default)).RunId);
        Assert.Equal("by mail", Assert.Single((await World.Console.RunAsync(made[0].RunId, default))!.Notes).Text);
    }

    [Fact]
    public async Task A_deleted_run_leaves_only_its_events()
    {
        var run = await World.RunOfAsync("a");
        Assert.Contains("only a run that has ended", (await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DeleteRunAsync(run, "ann", default))).Message, StringComparison.Ordinal);
        await EndAllAsync(run);
        await World.Operations.NoteAsync(run, null, -1, "odd", "ann", default);
        await World.Operations.DeleteRunAsync(run, new Actor("ann", "a test"), default);
        Assert.Null(await World.Console.RunAsync(run, default));
        Assert.Equal(0, await World.OneAsync<int>("select ((select count(*) from task_instance) + (select count(*) from note) + (select count(*) from log_chunk))::int"));
        Assert.True(await World.OneAsync<bool>("select count(*) > 4 from event where run_id = $1", run));
        var last = (await World.Console.DagAsync("d", default))!.Recent[0];
        Assert.Equal(("ann", $"run {run} deleted: a test"), (last.Actor, last.Why));
    }

    private async Task<long> ForkAsync(long run, string task, Actor by) => (await World.Operations.ForkRunAsync(new ForkRequest(run, task), by, default)).RunId!.Value;

    private async Task EndAllAsync(long run)
    {
        var hand = await World.WorkerAsync();
        while (await hand.TakeAsync() is { Count: > 0 } got)
        {
            foreach (var one in got)
                await hand.EndAsync(one.Key, 's', "1");
        }

        Assert.StartsWith("s:", await World.StateAsync(run), StringComparison.Ordinal);
    }

    private async Task<OpenBackfill> OpenAsync(NewBackfill backfill)
    {
        var id = await World.Operations.CreateBackfillAsync(backfill, "test", default);
        return (await World.Scheduler.LoadOpenBackfillsAsync(default)).Single(open => open.Id == id);
    }
}
