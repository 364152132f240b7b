using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Who is told of what: a row of the outbox in the transaction of every change that somebody is to be told of, whoever makes it.</summary>
[SupportedOSPlatform("linux")]
public sealed class NotifyTests(World world) : EngineTest(world)
{
    private const NotifyOn All = NotifyOn.Failure | NotifyOn.Success | NotifyOn.Retry | NotifyOn.Cancellation;

    [Fact]
    public async Task Channels_are_told_how_tasks_and_the_run_end_and_of_retries()
    {
        var run = await RunAsync("a; b < a", NotifyOn.Failure | NotifyOn.Success, ("a", All), ("b", NotifyOn.Success));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "a"), 'y'));
        Assert.Equal(["y 0.1 task"], await ToldAsync());
        await World.Scheduler.FireTimersAsync(9, default);
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b", 'f');
        Assert.Equal(["y 0.1 task", "s 0.2 task", "f run run"], await ToldAsync());
    }

    [Fact]
    public async Task Who_names_nobody_leaves_no_row_and_no_flag()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 'f');
        Assert.Empty(await ToldAsync());
        Assert.False(await World.OneAsync<bool>("select bool_or(r.notify or t.notify) from dag_run r join task_instance t using (run_id)"));
    }

    [Fact]
    public async Task Of_a_mapped_task_its_end_as_a_whole_is_told_and_no_element()
    {
        var run = await RunAsync("l; m* < l", 0, ("m", All));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "l", output: "[1,2]", want: 9);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "m", 0), 'f'), Hand.Report(hand.Assignment(run, "m", 1), 's'));
        Assert.Equal(["f 1.0 task"], await ToldAsync());
    }

    [Fact]
    public async Task A_lost_worker_is_told_as_a_retry_and_the_last_time_as_a_failure()
    {
        await RunAsync("a", NotifyOn.Failure, ("a", All));
        for (var i = 0; i < 5; i++)
        {
            var hand = await World.WorkerAsync();
            await hand.TakeAsync();
            Assert.Equal(1, await hand.LoseAsync());
        }

        Assert.Equal(["y 0.1 task", "y 0.2 task", "y 0.3 task", "y 0.4 task", "f 0.5 task", "f run run"], await ToldAsync());
        var taken = await World.Notifications.TakeAsync(9, TimeSpan.FromMinutes(1), "test", default);
        Assert.Equal("lost with its worker", taken[0].Why);
        Assert.Equal(("a", "lost with its worker for the 5th time; the limit is 5"), (taken[5].Failures[0].TaskId, taken[5].Failures[0].Error));
    }

    [Fact]
    public async Task What_people_do_is_told_like_all_else_with_who_did_it()
    {
        var run = await RunAsync("a; b < a", All, ("a", All));
        var queued = await World.QueueRunAsync("d");
        await World.Operations.CancelRunAsync(run, "ann", default);
        await World.Operations.CancelRunAsync(queued, "bob", default);
        Assert.Equal(["c 0.0 task", "c run run", "c run run"], await ToldAsync());
        var taken = await World.Notifications.TakeAsync(9, TimeSpan.FromMinutes(1), "test", default);
        Assert.Equal([run, run, queued], taken.Select(n => n.RunId));
        Assert.Equal(["ann", "ann", "bob"], taken.Select(n => n.Actor));

        await World.ExecuteAsync("select clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", run);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b");
        Assert.Equal(["s 0.1 task", "s run run"], (await ToldAsync())[3..]);
    }

    [Fact]
    public async Task A_change_that_is_taken_back_is_not_told()
    {
        var run = await RunAsync("a", All, ("a", All));
        await using (var connection = await World.Db.OpenAsync(default))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var stop = World.Command(connection, "select stop_run($1, 'c', 'ann', null)", run);
            await stop.ExecuteScalarAsync();
        }

        Assert.Empty(await ToldAsync());
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_run_that_is_run_again_whole_is_told_again()
    {
        var run = await RunAsync("a", All);
        await World.Operations.CancelRunAsync(run, "ann", default);
        await World.ExecuteAsync("select rerun_run($1, null, 0::smallint, 'ann', null)", run);
        await World.Scheduler.StartRunsAsync(9, default);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        Assert.Equal(["c run run", "s run run"], await ToldAsync());
    }

    [Fact]
    public async Task What_a_new_run_takes_over_from_an_old_one_is_not_told_and_what_runs_in_it_is()
    {
        var run = await RunAsync("a; b < a", 0, ("a", All), ("b", All));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "b", 'f');
        var again = (await World.Operations.ForkRunAsync(new ForkRequest(run, "b"), "ann", default)).RunId!.Value;
        World.Knows(again, "d");
        await World.Scheduler.StartRunsAsync(9, default);
        await hand.TakeAsync();
        await hand.EndAsync(again, "b");
        Assert.Equal(["s 0.1 task", "f 1.1 task", "s 1.1 task"], await ToldAsync());
        await World.Operations.DeleteRunAsync(run, "ann", default);
        Assert.Equal(["s 1.1 task"], await ToldAsync());
    }

    [Fact]
    public async Task A_task_that_a_person_marks_is_told()
    {
        var run = await RunAsync("a; b < a", NotifyOn.Success, ("a", All));
        await World.Operations.MarkTasksAsync(run, [World.Key(run, "a")], 's', "ann", default);
        await World.Operations.MarkRunAsync(run, 's', "ann", default);
        Assert.Equal(["s 0.0 task", "s run run"], await ToldAsync());
        Assert.Equal("ann", (await World.Notifications.TakeAsync(9, TimeSpan.FromMinutes(1), "test", default))[0].Actor);
    }

    [Fact]
    public async Task Its_text_is_known_when_it_is_taken()
    {
        var run = await RunAsync("a; b", NotifyOn.Failure, ("a", NotifyOn.Failure));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "a"), 'f') with { Why = "IOException: no\nspace" });
        await hand.EndAsync(run, "b", 'f');
        var taken = await World.Notifications.TakeAsync(9, TimeSpan.FromMinutes(1), "test", default);
        Assert.Equal(("task", 'f', "d", run, "a", "IOException: no\nspace"), (taken[0].Channel, taken[0].What, taken[0].DagId, taken[0].RunId, taken[0].TaskId, taken[0].Why));
        Assert.Equal(("run", null, "a,b", "IOException: no\nspace"), (taken[1].Channel, taken[1].TaskId, string.Join(',', taken[1].Failures.Select(f => f.TaskId)), taken[1].Failures[0].Error));
        Assert.True(taken[0].At <= taken[1].At);
    }

    private async Task<long> RunAsync(string graph, NotifyOn onRun, params (string Task, NotifyOn On)[] tasks)
    {
        var spec = Graph.Parse("d", graph);
        await World.DagAsync(spec with
        {
            Notify = onRun == 0 ? null : [new("run", onRun)],
            Tasks = [.. spec.Tasks.Select(task => tasks.FirstOrDefault(one => one.Task == task.Id).On is var on and > 0 ? task with { Notify = [new("task", on)] } : task)],
        });
        return await World.RunAsync("d");
    }

    /// <summary>What happened, the task and its attempt or "run", and the channel.</summary>
    private Task<List<string>> ToldAsync() => World.ListAsync<string>(
        "select what::text || ' ' || coalesce(task_no || '.' || attempt, 'run') || ' ' || channel from notification order by notification_id");
}
