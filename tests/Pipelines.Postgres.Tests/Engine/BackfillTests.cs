using System.Runtime.Versioning;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class BackfillTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task Of_schedulers_that_pace_a_backfill_one_makes_the_runs()
    {
        await DailyAsync();
        var open = await OpenAsync("missing");
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => World.Scheduler.PaceBackfillAsync(open, Planned.Days(2, 3), Planned.Day(4), false, default))));
        Assert.Equal([0, 0, 0, 3], made.Order());
        var next = Assert.Single(await World.Scheduler.LoadOpenBackfillsAsync(default));
        Assert.Equal((Planned.Day(4), 3), (next.Cursor, next.OpenRuns));
        Assert.Equal(0, await World.Scheduler.PaceBackfillAsync(open, Planned.Days(5, 3), Planned.Day(7), true, default));
        Assert.Equal(2, await World.Scheduler.PaceBackfillAsync(next, Planned.Days(5, 2), Planned.Day(6), true, default));
        Assert.Empty(await World.Scheduler.LoadOpenBackfillsAsync(default));
    }

    // Days 2 to 6 have runs that succeeded, failed, were cancelled, run and wait; day 7 has none.
    [Theory]
    [InlineData("missing", 1, "sfcrqq")]
    [InlineData("failed", 3, "sqqrqq")]
    [InlineData("all", 4, "qqqrqq")]
    public async Task Dates_that_have_a_run_are_treated_as_the_backfill_says(string existing, int made, string after)
    {
        await DailyAsync();
        await HistoryAsync();
        var open = await OpenAsync(existing);
        Assert.Equal(made, await World.Scheduler.PaceBackfillAsync(open, Planned.Days(2, 6), Planned.Day(7), true, default));
        Assert.Equal(after, await World.OneAsync<string>("select string_agg(state::text, '' order by scheduled_for) from dag_run"));
        Assert.Equal((long)made, await World.OneAsync<long>("select count(*) from dag_run where backfill_id is not null"));
        Assert.Equal(made, await World.OneAsync<int>("select total from backfill"));
        Assert.Equal(made, await World.OneAsync<int>("select count(*) filter (where priority = -1000)::int from dag_run"));
    }

    [Fact]
    public async Task A_backfill_ends_with_its_last_run_and_says_whether_all_succeeded()
    {
        await DailyAsync();
        var hand = await World.WorkerAsync();
        foreach (var (first, outcome, state) in new[] { (2, 's', 's'), (10, 'f', 'f') })
        {
            var open = await OpenAsync("missing", first, first + 1);
            await World.Scheduler.PaceBackfillAsync(open, Planned.Days(first, 2), Planned.Day(first + 1), false, default);
            Assert.Equal(0, await World.Scheduler.FinishBackfillsAsync(default));
            await World.Scheduler.StartRunsAsync(10, default);
            var got = await hand.TakeAsync();
            await hand.AdvanceAsync(0, Hand.Report(got[0], 's'));
            var again = Assert.Single(await World.Scheduler.LoadOpenBackfillsAsync(default));
            await World.Scheduler.PaceBackfillAsync(again, [], null, true, default);
            Assert.Equal(0, await World.Scheduler.FinishBackfillsAsync(default));
            await hand.AdvanceAsync(0, Hand.Report(got[1], outcome));
            Assert.Equal(1, await World.Scheduler.FinishBackfillsAsync(default));
            Assert.Equal(0, await World.Scheduler.FinishBackfillsAsync(default));
            var row = await World.Console.BackfillAsync(open.Id, default);
            Assert.Equal((state, 2), (row!.State, row.Total));
        }
    }

    [Theory]
    [InlineData(false, "r")]
    [InlineData(true, "c")]
    public async Task Cancelling_a_backfill_ends_its_queued_runs_and_stops_what_runs_when_asked(bool stop, string running)
    {
        await DailyAsync();
        var open = await OpenAsync("missing", maxActive: 1);
        await World.Scheduler.PaceBackfillAsync(open, Planned.Days(2, 3), Planned.Day(4), false, default);
        await World.Scheduler.StartRunsAsync(10, default);
        await World.Operations.CancelBackfillAsync(open.Id, stop, "ann", default);
        Assert.Equal(running + "cc", await World.OneAsync<string>("select string_agg(state::text, '' order by run_id) from dag_run"));
        Assert.Equal(0, await World.Scheduler.PaceBackfillAsync(open, Planned.Days(5, 1), Planned.Day(5), false, default));
        Assert.Equal(0, await World.Scheduler.PaceBackfillAsync(open with { Cursor = Planned.Day(4) }, Planned.Days(5, 1), Planned.Day(5), false, default));
        Assert.Equal('c', (await World.Console.BackfillAsync(open.Id, default))!.State);
    }

    private Task<RegisteredDag> DailyAsync() => World.DagAsync("d", "a", cron: "0 0 * * *");

    private async Task<OpenBackfill> OpenAsync(string existing, int from = 1, int to = 9, int maxActive = 5)
    {
        var id = await World.Operations.CreateBackfillAsync(
            new NewBackfill("d", new LocalDate(2025, 1, from), new LocalDate(2025, 1, to), existing, false, maxActive, 0), "test", default);
        return (await World.Scheduler.LoadOpenBackfillsAsync(default)).Single(open => open.Id == id);
    }

    private async Task HistoryAsync()
    {
        var dag = await World.OneAsync<int>("select dag_no from dag");
        await World.Catalog.PlanAsync(dag, await World.OneAsync<int>("select version_id from dag"), new SchedulePlan("daily", "daily"), default);
        var due = Assert.Single(await World.Scheduler.LoadDueAsync(1, default));
        await World.Scheduler.FireTicksAsync(due, Planned.Days(2, 5), Planned.Day(6), null, default);
        await World.Scheduler.StartRunsAsync(4, default);
        var hand = await World.WorkerAsync();
        var got = (await hand.TakeAsync()).OrderBy(a => a.ScheduledFor).ToList();
        await hand.AdvanceAsync(0, Hand.Report(got[0], 's'), Hand.Report(got[1], 'f'));
        await World.Operations.CancelRunAsync(got[2].Key.RunId, "ann", default);
        await hand.AdvanceAsync(0, Hand.Report(got[2], 'c'));
    }
}
