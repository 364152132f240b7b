using System.Runtime.Versioning;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Schedules of every kind over the store, with as many schedulers as one likes.</summary>
[SupportedOSPlatform("linux")]
public sealed class ScheduleTests(World world) : EngineTest(world)
{
    public static TheoryData<string, int> AllKinds() => new() { { "cron", 72 }, { "every", 144 }, { "at", 3 }, { "custom", 72 }, { "once", 1 }, { "continuous", 1 } };

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task Any_number_of_schedulers_makes_each_run_once(string kind, int runs)
    {
        await PlannedAsync(Of(kind));
        await World.ExecuteAsync("update dag set last_tick = date_bin('30 minutes', clock_timestamp(), 'epoch') - interval '72 hours', schedule_at = clock_timestamp() - interval '72 hours'");
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => WorkAsync(batch: 7 + i))));
        Assert.Equal(runs, made.Sum());
        Assert.Equal(runs, await World.OneAsync<long>("select count(distinct scheduled_for) from dag_run"));
        var wrong = await World.ListAsync<DateTime>(
            "select scheduled_for from (select *, lag(interval_end) over (order by scheduled_for) was from dag_run) r where was <> interval_start or interval_start >= interval_end");
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_change_loses_no_tick_that_was_due_and_doubles_none_and_tells_of_it()
    {
        await PlannedAsync(Of("cron"));
        await World.ExecuteAsync("update dag set last_tick = date_trunc('hour', clock_timestamp()) - interval '5 hours'");
        await World.Operations.PauseAsync("d", "test", default);
        await PlannedAsync(Of("every"));
        await PlannedAsync(Of("every"));
        await World.Operations.ResumeAsync("d", "test", default);
        Assert.Equal(5, await WorkAsync());
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from dag_run where extract(minute from scheduled_for) <> 0"));
        Assert.Equal(
            ["schedule is 0 * * * * (UTC)", "schedule changed from 0 * * * * (UTC) to every 30 min"],
            await World.ListAsync<string>("select why from event where why like 'schedule%' order by event_id"));
        // To no schedule at all: what was due is made, then nothing is to come.
        await World.ExecuteAsync("update dag set last_tick = date_trunc('hour', clock_timestamp()) - interval '2 hours'; delete from past_schedule; delete from event; delete from dag_run");
        await PlannedAsync(Of("none"));
        Assert.InRange(await WorkAsync(), 4, 5);
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag where next_due is null and schedule is null"));
    }

    [Fact]
    public async Task A_continuous_dag_has_one_run_at_a_time_and_the_next_follows_its_end()
    {
        await PlannedAsync(Of("continuous"));
        Assert.Equal(1, await WorkAsync());
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal((0, 0), (await World.Scheduler.FollowRunsAsync(default), await WorkAsync()));
        Assert.Null(await World.Scheduler.NextDueAsync(default));                  // it is not asked for: the end of the run tells
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(hand.Held.Keys.Single());
        Assert.Equal(1, await World.Scheduler.FollowRunsAsync(default));
        Assert.Equal(0, await World.Scheduler.FollowRunsAsync(default));
        Assert.Equal(
            TimeSpan.FromSeconds(20), await World.OneAsync<TimeSpan>("select d.next_due - r.finished_at from dag d join dag_run r using (dag_no)"));
        await World.ExecuteAsync("update dag set next_due = clock_timestamp()");
        Assert.Equal(1, await WorkAsync());
        Assert.Empty(await World.ListAsync<DateTime>(
            "select scheduled_for from (select *, lag(interval_end) over (order by scheduled_for) was from dag_run) r where was <> interval_start"));

        // An older one that somebody runs again is open too: the next waits for it.
        var older = new InstanceKey(await World.OneAsync<long>("select min(run_id) from dag_run"), 0, -1);
        var newer = new InstanceKey(await World.OneAsync<long>("select max(run_id) from dag_run"), 0, -1);
        await World.Scheduler.StartRunsAsync(10, default);
        await hand.TakeAsync();
        await World.Operations.ClearTasksAsync(older.RunId, [older], "ann", default);
        await hand.EndAsync(newer);
        Assert.Equal(0, await World.Scheduler.FollowRunsAsync(default));
        await hand.TakeAsync();
        await hand.EndAsync(older);
        Assert.Equal(1, await World.Scheduler.FollowRunsAsync(default));
    }

    [Fact]
    public async Task Failed_runs_in_a_row_pause_the_dag_and_are_counted_anew_after_a_resume()
    {
        await PlannedAsync(Of("cron") with { AutoPauseAfter = 2 });
        await World.ExecuteAsync("update dag set last_tick = date_trunc('hour', clock_timestamp()) - interval '7 hours'");
        await WorkAsync();
        await World.Scheduler.StartRunsAsync(100, default);
        var hand = await World.WorkerAsync();
        var runs = (await hand.TakeAsync()).OrderBy(a => a.ScheduledFor).Select(a => a.Key).ToList();
        await EndAsync('f', 's', 'f', 'c');
        Assert.Equal(0, await World.Scheduler.AutoPauseAsync(default));            // between the two failures one succeeded
        await EndAsync('f');
        Assert.Equal(1, await World.Scheduler.AutoPauseAsync(default));            // cancelled runs do not count
        Assert.Equal(0, await World.Scheduler.AutoPauseAsync(default));
        Assert.StartsWith("paused: 2 scheduled runs in a row failed, ", (await World.ListAsync<string>("select why from event where why like 'paused%'")).Single(), StringComparison.Ordinal);
        await World.Operations.ResumeAsync("d", "test", default);
        await EndAsync('f');
        Assert.Equal(0, await World.Scheduler.AutoPauseAsync(default));
        await EndAsync('f');
        Assert.Equal(1, await World.Scheduler.AutoPauseAsync(default));

        async Task EndAsync(params char[] outcomes)
        {
            foreach (var outcome in outcomes)
            {
                if (outcome == 'c')
                    await World.Operations.CancelRunAsync(runs[0].RunId, "ann", default);
                await hand.EndAsync(runs[0], outcome);
                runs.RemoveAt(0);
            }
        }
    }

    [Theory]
    [InlineData("cron")]
    [InlineData("union")]
    [InlineData("every")]
    [InlineData("at")]
    [InlineData("custom")]
    public async Task Whatever_has_intervals_is_backfilled(string kind)
    {
        await PlannedAsync(Of(kind));
        var id = await World.Operations.CreateBackfillAsync(
            new NewBackfill("d", new LocalDate(2025, 1, 1), new LocalDate(2025, 1, 2), "missing", false, 1000, 0), "test", default);
        var open = (await World.Scheduler.LoadOpenBackfillsAsync(default)).Single(backfill => backfill.Id == id);
        Assert.Equal(await World.OneAsync<int>("select version_id from dag"), open.VersionId);
        var ticks = BackfillPace.Next(open, new Hours(), 1000);
        Assert.Equal(kind switch { "every" => 96, "union" => 50, "at" => 3, _ => 48 }, ticks.Count);
        Assert.Equal(ticks.Count, await World.Scheduler.PaceBackfillAsync(
            open, [.. ticks.Select(tick => new PlannedRun(tick.ScheduledFor, tick.IntervalStart, tick.IntervalEnd))], ticks[^1].ScheduledFor, true, default));
    }

    [Theory]
    [InlineData("once", "runs once, when first seen: it has no intervals")]
    [InlineData("continuous", "runs continuously, 20 s between runs: it has no intervals")]
    [InlineData("none", "has no schedule, so no dates to backfill")]
    public async Task What_has_no_intervals_is_not_backfilled(string kind, string why)
    {
        await PlannedAsync(Of(kind));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.CreateBackfillAsync(
            new NewBackfill("d", new LocalDate(2025, 1, 1), new LocalDate(2025, 1, 2), "missing", false, 1, 0), "test", default));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    private static DagSpec Of(string kind)
    {
        var spec = Graph.Parse("d", "a");
        return spec with
        {
            Catchup = Catchup.All,
            Schedule = kind switch
            {
                "cron" => Schedule.Cron("0 * * * *"),
                "union" => Schedule.Cron("0 * * * *", "30 12 * * *"),
                "every" => Schedule.Every(TimeSpan.FromMinutes(30)),
                "at" => Schedule.At(["2025-01-01T03:00", "2025-01-01T06:00", "2025-01-02T09:00", .. Recent()]),
                "custom" => new ScheduleSpec { Kind = ScheduleKind.Custom, Type = "Test.Hours" },
                "once" => Schedule.Once(),
                "continuous" => Schedule.Continuous(TimeSpan.FromSeconds(20)),
                _ => null,
            },
        };
    }

    // Moments within the last three days, whatever day it is; made from the machine's clock, which is the server's too.
    private static IEnumerable<string> Recent() => new[] { 60, 40, 20 }
        .Select(hours => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds() / 3600 * 3600) - Duration.FromHours(hours)));

    private async Task PlannedAsync(DagSpec spec)
    {
        var dag = await World.DagAsync(spec);
        await World.Catalog.PlanAsync(dag.DagNo, dag.VersionId, ScheduleOf.Plan(spec, World.Bundle), default);
    }

    /// <summary>What a scheduler does with ticks, until nothing is due; returns how many runs it made.</summary>
    private async Task<int> WorkAsync(int batch = 100)
    {
        var made = 0;
        while (await World.Scheduler.LoadDueAsync(10, default) is { Count: > 0 } due)
        {
            foreach (var dag in due)
            {
                var plan = RunPlan.Decide(dag, _ => new Hours(), batch);
                made += await World.Scheduler.FireTicksAsync(dag, plan.Create, plan.HandledThrough, plan.NextDue, default);
            }
        }

        return made;
    }

    private sealed class Hours : ISchedule
    {
        public DateTimeOffset? Next(DateTimeOffset after) => DateTimeOffset.FromUnixTimeSeconds((after.ToUnixTimeSeconds() / 3600 + 1) * 3600);
    }
}
