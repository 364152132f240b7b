using System.Runtime.Versioning;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class StartRunsTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task No_more_runs_than_max_active_runs_are_open_and_the_oldest_goes_next()
    {
        await World.DagAsync("d", "a", maxActive: 2);
        var runs = await World.RunsAsync("d", 4);
        Assert.Equal("rrqq", await RunsAsync(runs));
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(10, default));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(runs[1], "a");
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("rsrq", await RunsAsync(runs));
    }

    [Fact]
    public async Task Two_schedulers_at_once_do_not_start_more_than_there_is_place_for()
    {
        await World.DagAsync("d", "a", maxActive: 3);
        for (var i = 0; i < 10; i++)
            await World.QueueRunAsync("d");
        var started = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => World.Scheduler.StartRunsAsync(10, default))));
        Assert.Equal(3, started.Sum());
        Assert.Equal(3, await World.OneAsync<long>("select count(*) from dag_run where state = 'r'"));
        Assert.Equal(3, await World.OneAsync<long>("select count(*) from ready_queue"));
    }

    [Fact]
    public async Task A_call_starts_no_more_than_it_was_asked_to()
    {
        await World.DagAsync("d", "a");
        for (var i = 0; i < 5; i++)
            await World.QueueRunAsync("d");
        Assert.Equal(2, await World.Scheduler.StartRunsAsync(2, default));
        Assert.Equal(2, await World.Scheduler.StartRunsAsync(2, default));
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(2, default));
    }

    [Fact]
    public async Task Runs_of_a_paused_dag_stay_queued_and_others_do_not_wait_for_them()
    {
        await World.DagAsync("d", "a");
        await World.DagAsync("other", "a");
        await World.Operations.PauseAsync("d", "test", default);
        var held = await World.QueueRunAsync("d");
        var free = await World.QueueRunAsync("other");
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("qr", await RunsAsync([held, free]));
        await World.Operations.ResumeAsync("d", "test", default);
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
    }

    [Fact]
    public async Task A_backfill_has_a_limit_of_its_own_beside_the_dags()
    {
        await World.DagAsync("d", "a", maxActive: 1, cron: "0 0 * * *");
        var backfill = await BackfillAsync(maxActive: 2);
        Assert.Equal(5, await PaceAsync(backfill, 5));
        await World.QueueRunAsync("d");
        await World.QueueRunAsync("d");
        Assert.Equal(3, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal((1L, 2L), (
            await World.OneAsync<long>("select count(*) from dag_run where state = 'r' and backfill_id is null"),
            await World.OneAsync<long>("select count(*) from dag_run where state = 'r' and backfill_id is not null")));
    }

    [Fact]
    public async Task A_paused_backfills_runs_stay_queued()
    {
        await World.DagAsync("d", "a", cron: "0 0 * * *");
        var backfill = await BackfillAsync(maxActive: 2);
        await PaceAsync(backfill, 3);
        await World.Operations.PauseBackfillAsync(backfill, "test", default);
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Empty(await World.Scheduler.LoadOpenBackfillsAsync(default));
        await World.Operations.ResumeBackfillAsync(backfill, "test", default);
        Assert.Equal(2, await World.Scheduler.StartRunsAsync(10, default));
    }

    [Fact]
    public async Task Scheduled_runs_go_before_those_of_backfills()
    {
        await World.DagAsync("d", "a", cron: "0 0 * * *");
        await PaceAsync(await BackfillAsync(maxActive: 5), 2);
        var manual = await World.QueueRunAsync("d");
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(1, default));
        Assert.Equal("r", await RunsAsync([manual]));
        await World.Scheduler.StartRunsAsync(10, default);
        var hand = await World.WorkerAsync();
        Assert.Equal(manual, Assert.Single(await hand.TakeAsync(1)).Key.RunId);
    }

    [Fact]
    public async Task A_run_keeps_the_version_it_was_made_with()
    {
        await World.DagAsync("d", "a");
        var old = await World.QueueRunAsync("d");
        await World.DagAsync("d", "a; b < a");
        var run = await World.RunAsync("d");
        Assert.Equal("r:q", await World.StateAsync(old));
        Assert.Equal("r:qn", await World.StateAsync(run));
    }

    private Task<string> RunsAsync(long[] runs) =>
        World.OneAsync<string>("select string_agg(state::text, '' order by run_id) from dag_run where run_id = any($1)", runs);

    private Task<long> BackfillAsync(int maxActive) => World.Operations.CreateBackfillAsync(
        new NewBackfill("d", new LocalDate(2025, 1, 1), new LocalDate(2025, 1, 31), "missing", false, maxActive, 31), "test", default);

    private async Task<int> PaceAsync(long id, int runs)
    {
        var backfill = (await World.Scheduler.LoadOpenBackfillsAsync(default)).Single(open => open.Id == id);
        return await World.Scheduler.PaceBackfillAsync(backfill, Planned.Days(2, runs), Planned.Day(runs + 1), false, default);
    }
}
