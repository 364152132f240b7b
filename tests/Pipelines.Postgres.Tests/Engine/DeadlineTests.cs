using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Deadlines: told once when a run or task has not ended by then, and gone with its end.</summary>
[SupportedOSPlatform("linux")]
public sealed class DeadlineTests(World world) : EngineTest(world)
{
    private static readonly DeadlineSpec Queued = new("queued", 3600, DeadlineFrom.Queued), Started = new("started", 60, DeadlineFrom.Started);
    private static readonly DeadlineSpec Scheduled = new("scheduled", 60, DeadlineFrom.ScheduledFor);

    [Fact]
    public async Task It_is_told_once_whatever_number_of_schedulers_look_and_the_run_goes_on()
    {
        var run = await RunAsync([Queued], []);
        Assert.Equal(0, await World.Scheduler.FireDeadlinesAsync(9, default));
        await PassAsync();
        var fired = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => World.Scheduler.FireDeadlinesAsync(9, default)));
        Assert.Equal(1, fired.Sum());
        Assert.Equal(["d queued"], await ToldAsync());
        Assert.Equal("r:q", await World.StateAsync(run));
        Assert.Equal(0, await World.Scheduler.FireDeadlinesAsync(9, default));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_start_has_one_since_it_was_queued_and_one_since_it_started_later()
    {
        await DagAsync([Queued, Started], []);
        await World.QueueRunAsync("d");
        Assert.Equal(["3600 queued"], await OpenAsync());
        await World.Scheduler.StartRunsAsync(9, default);
        Assert.Equal(["60 started", "3600 queued"], await OpenAsync());
    }

    [Fact]
    public async Task What_has_ended_has_no_deadline()
    {
        var run = await RunAsync([Queued], [Started]);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Equal(2, (await OpenAsync()).Count);
        await hand.EndAsync(run, "a", want: 9);
        Assert.Empty(await OpenAsync());
        await PassAsync();
        Assert.Equal(0, await World.Scheduler.FireDeadlinesAsync(9, default));
        Assert.Empty(await ToldAsync());
    }

    [Fact]
    public async Task A_task_that_ends_in_time_in_a_run_that_does_not_is_not_told()
    {
        var run = await RunAsync([Queued], [Started], "a; b < a");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a");
        await PassAsync();
        await World.Scheduler.FireDeadlinesAsync(9, default);
        Assert.Equal(["d queued"], await ToldAsync());
    }

    [Fact]
    public async Task Only_a_scheduled_run_is_late_for_a_time_that_was_past_when_it_was_made()
    {
        await DagAsync([Scheduled], [], cron: "@daily");
        const string make = "select make_runs(1, 1, $1::text::\"char\", array[now() - $2::interval], array[null::timestamptz], array[null::timestamptz], null, null, 0::smallint, 't', null)";
        foreach (var (kind, days) in new[] { ("b", "3 days"), ("m", "3 days"), ("s", "2 days"), ("b", "-1 days") })
            await World.ExecuteAsync(make, kind, days);
        Assert.Equal([3L, 4L], await World.ListAsync<long>("select run_id from deadline order by 1"));
        Assert.Equal(1, await World.Scheduler.FireDeadlinesAsync(9, default));
    }

    [Fact]
    public async Task A_run_that_is_run_again_or_cleared_has_its_deadlines_anew()
    {
        var run = await RunAsync([Queued, Started], [Started with { Channel = "task" }]);
        await World.Operations.CancelRunAsync(run, "ann", default);
        Assert.Empty(await OpenAsync());
        await World.ExecuteAsync("select clear_tasks($1, '{0}', '{-1}', 'ann', null)", run);
        Assert.Equal(["60 started", "60 task", "3600 queued"], await OpenAsync());
        await World.Operations.CancelRunAsync(run, "ann", default);
        await World.ExecuteAsync("select rerun_run($1, null, 0::smallint, 'ann', null)", run);
        Assert.Equal(["3600 queued"], await OpenAsync());
    }

    [Fact]
    public async Task The_scheduler_wakes_for_the_next_one()
    {
        await RunAsync([Started], []);
        Assert.InRange((await World.Scheduler.NextDueAsync(default))!.Value.TotalSeconds, 1, 60);
    }

    private Task<RegisteredDag> DagAsync(DeadlineSpec[] ofRun, DeadlineSpec[] ofTask, string graph = "a", string? cron = null)
    {
        var spec = Graph.Parse("d", graph, cron: cron);
        return World.DagAsync(spec with
        {
            Deadlines = ofRun.Length > 0 ? ofRun : null,
            Tasks = [spec.Tasks[0] with { Deadlines = ofTask.Length > 0 ? ofTask : null }, .. spec.Tasks.Skip(1)],
        });
    }

    private async Task<long> RunAsync(DeadlineSpec[] ofRun, DeadlineSpec[] ofTask, string graph = "a")
    {
        await DagAsync(ofRun, ofTask, graph);
        return await World.RunAsync("d");
    }

    private Task<int> PassAsync() => World.ExecuteAsync("update deadline set due_at = clock_timestamp() - interval '1 second'");

    private Task<List<string>> OpenAsync() => World.ListAsync<string>(
        "select least(3600, 60 * ceil(extract(epoch from due_at - clock_timestamp()) / 60))::int || ' ' || channel from deadline order by due_at, channel");

    private Task<List<string>> ToldAsync() => World.ListAsync<string>("select what::text || ' ' || channel from notification order by notification_id");
}
