namespace Pipelines.EndToEnd.Tests;

public sealed class SchedulerTests
{
    private const int Runs = 182;

    [Fact]
    public async Task A_scheduler_killed_in_the_middle_of_a_backfill_misses_no_tick_and_doubles_none()
    {
        await using var at = await Installation.CreateAsync(Built.Sample("SeattleWeather"), Built.Dags);
        var scheduler = await at.SchedulerAsync("every_second");
        await at.WorkerAsync();
        await at.UntilAsync("the sample is loaded", async () => await at.CountAsync("select count(*) from dag where dag_id = 'seattle_weather' and version_id is not null") == 1);
        (await at.RunAsync("backfill", "create", "seattle_weather", "--from", "2012-01-01", "--to", "2012-06-30", "--max-active", "4", "--yes")).Succeeded();
        await at.UntilAsync("a quarter is done", async () => await at.CountAsync("select count(*) from dag_run where backfill_id is not null and state = 's'") >= Runs / 4);

        scheduler.Kill();
        await scheduler.EndAsync();
        Assert.True(await at.CountAsync("select count(*) from dag_run where backfill_id is not null") < Runs);
        var before = await RunsAsync(at, "every_second");
        await at.SchedulerAsync("every_second");

        await at.UntilAsync("the backfill ends", async () => await at.CountAsync("select count(*) from backfill where state = 's'") == 1);
        await at.UntilAsync("ticks go on", async () => await RunsAsync(at, "every_second") >= before + 5);
        var ticks = await at.TickNoMoreAsync();

        await Proof.SucceededOnceAsync(at.Store, "every_second", ticks);
        await Proof.SucceededOnceAsync(at.Store, "hourly", 48);
        await Proof.SucceededOnceAsync(at.Store, "seattle_weather", Runs);
    }

    [Fact]
    public async Task Two_schedulers_at_once_make_one_run_a_tick()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        Running[] schedulers = [at.Start("scheduler", "--dags", at.Dags), at.Start("scheduler", "--dags", at.Dags)];
        await at.WorkerAsync();
        await at.UntilAsync("all past ticks have runs", async () => await RunsAsync(at, "hourly") == 48);
        await at.UntilAsync("some seconds tick", async () => await RunsAsync(at, "every_second") >= 5);
        var ticks = await at.TickNoMoreAsync();

        Assert.All(schedulers, process => Assert.False(process.HasExited, process.ToString()));
        await Proof.SucceededOnceAsync(at.Store, "every_second", ticks);
        await Proof.SucceededOnceAsync(at.Store, "hourly", 48);
        Assert.Equal("2026-01-01 01:00 2026-01-03 00:00", await at.ScalarAsync("""
            select to_char(min(scheduled_for at time zone 'UTC'), 'YYYY-MM-DD HH24:MI') || ' ' || to_char(max(scheduled_for at time zone 'UTC'), 'YYYY-MM-DD HH24:MI')
            from dag_run r join dag d using (dag_no) where dag_id = 'hourly'
            """));
        Assert.Equal(48, await at.CountAsync("select count(*) from event e join dag d using (dag_no) where dag_id = 'hourly' and run_id is not null and to_state = 'q'"));
    }

    [Fact]
    public async Task Two_schedulers_killed_in_turn_miss_no_tick_and_double_none()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        Running[] schedulers = [await at.SchedulerAsync("every_second"), at.Start("scheduler", "--dags", at.Dags)];
        await at.WorkerAsync();
        const int kills = 8;
        for (var kill = 0; kill < kills; kill++)
        {
            var other = schedulers[1 - kill % 2];
            await at.UntilAsync("the other one serves", () => other.Output.Contains("Scheduler runs", StringComparison.Ordinal));
            var before = await RunsAsync(at, "every_second");
            // It dies between two ticks that it shares with the other one, or in the middle of one.
            await at.UntilAsync("it ticks", async () => await RunsAsync(at, "every_second") > before);
            schedulers[kill % 2].Kill();
            schedulers[kill % 2] = at.Start("scheduler", "--dags", at.Dags);
        }

        var killed = await RunsAsync(at, "every_second");
        await at.UntilAsync("it still ticks", async () => await RunsAsync(at, "every_second") >= killed + 3);
        var ticks = await at.TickNoMoreAsync();
        Assert.True(ticks > kills, $"{ticks} ticks for {kills} kills.");
        await Proof.SucceededOnceAsync(at.Store, "every_second", ticks);
        Assert.Equal(48, await RunsAsync(at, "hourly"));
    }

    [FactWithFakeClock]
    public async Task Processes_with_clocks_hours_apart_tick_by_the_databases_time()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        at.StartOff(-2, "worker");
        var early = at.StartOff(3, "scheduler", "--dags", at.Dags);
        await at.LoadedAsync("every_second");
        await at.UntilAsync("one whose clock is 3 hours fast ticks alone", async () => await RunsAsync(at, "every_second") >= 3);
        var right = at.Start("scheduler", "--dags", at.Dags);
        await at.UntilAsync("the other one serves", () => right.Output.Contains("Scheduler runs", StringComparison.Ordinal));
        var before = await RunsAsync(at, "every_second");
        await at.UntilAsync("both tick", async () => await RunsAsync(at, "every_second") >= before + 5);
        Assert.Equal(0, await at.CountAsync("select count(*) from dag_run where scheduled_for > now()"));
        early.Kill();
        await early.EndAsync();
        before = await RunsAsync(at, "every_second");
        await at.UntilAsync("the other one ticks alone", async () => await RunsAsync(at, "every_second") >= before + 3);

        // That the clocks were off at all, and that the store and the logs know nothing of it.
        var run = await at.StartRunAsync("looks_around");
        await at.RunEndsAsync(run);
        Assert.InRange(await at.CountAsync("""
            select extract(epoch from now()) - substring(convert_from(body, 'UTF8') from '1\.5, (\d+)')::bigint
            from log_chunk where run_id = $1 and convert_from(body, 'UTF8') ~ '1\.5, '
            """, run), 7000, 7400);
        Assert.Equal(0, await at.CountAsync("select count(*) from event where at not between now() - interval '30 minutes' and now()"));
        Assert.InRange(await at.CountAsync("""
            select extract(epoch from now()) - split_part(convert_from(body, 'UTF8'), E'\t', 1)::bigint / 1000000 from log_chunk where run_id = $1
            """, run), 0, 1800);
        var ticks = await at.TickNoMoreAsync();
        await Proof.SucceededOnceAsync(at.Store, "every_second", ticks);
        await Proof.SucceededOnceAsync(at.Store, "hourly", 48);
    }

    private static Task<long> RunsAsync(Installation at, string dag) =>
        at.CountAsync("select count(*) from dag_run r join dag d using (dag_no) where dag_id = $1", dag);
}
