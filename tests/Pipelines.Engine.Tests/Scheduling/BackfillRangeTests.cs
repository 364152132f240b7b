using NodaTime;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class BackfillRangeTests
{
    private static readonly BackfillRange January = new(new LocalDate(2026, 1, 1), new LocalDate(2026, 1, 31));
    private static readonly Instant Later = At("2026-06-01T00:00Z");

    [Theory]
    [InlineData("@hourly", "UTC", 744)]
    [InlineData("@daily", "UTC", 31)]
    [InlineData("@hourly", "America/New_York", 744)]
    [InlineData("0 6 * * *", "Europe/Kyiv", 31)]
    public void A_month_is_every_interval_that_starts_in_it(string cron, string zone, int count)
    {
        var ticks = January.Ticks(DagSchedule.Cron(cron, zone, null, null), Later).ToList();
        Assert.Equal(count, ticks.Count);
        Assert.All(ticks, tick => Assert.Equal(1, tick.IntervalStart.InZone(DateTimeZoneProviders.Tzdb[zone]).Month));
    }

    [Fact]
    public void A_day_is_as_long_as_the_clocks_make_it()
    {
        var schedule = DagSchedule.Cron("@hourly", "America/New_York", null, null);
        Assert.Equal(23, new BackfillRange(new(2026, 3, 8), new(2026, 3, 8)).Ticks(schedule, Later).Count());
        Assert.Equal(25, new BackfillRange(new(2025, 11, 2), new(2025, 11, 2)).Ticks(schedule, Later).Count());
    }

    [Fact]
    public void Only_intervals_that_have_ended_are_taken()
    {
        var schedule = DagSchedule.Cron("@daily", "UTC", null, null);
        Assert.Equal(14, January.Ticks(schedule, At("2026-01-15T23:59Z")).Count());
        Assert.Equal(15, January.Ticks(schedule, At("2026-01-16T00:00Z")).Count());
        Assert.Empty(January.Ticks(schedule, At("2026-01-01T12:00Z")));
        Assert.Equal(15, new BackfillRange(new(2026, 1, 1), LocalDate.MaxIsoValue).Ticks(schedule, At("2026-01-16T00:00Z")).Count());
    }

    [Fact]
    public void Start_and_End_bound_a_backfill_too() =>
        Assert.Equal(5, January.Ticks(DagSchedule.Cron("@daily", "UTC", "2026-01-10", "2026-01-15"), Later).Count());

    [Fact]
    public void A_range_that_runs_backwards_is_refused()
    {
        var refusal = Assert.Throws<ScheduleException>(() => new BackfillRange(new(2026, 2, 1), new(2026, 1, 1)));
        Assert.Contains("first day 2026-02-01 is after its last day 2026-01-01", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_in_the_future_is_refused_at_once_in_the_zone_of_the_schedule()
    {
        var now = At("2025-12-31T23:00Z");
        var refusal = Assert.Throws<ScheduleException>(() => January.Ticks(DagSchedule.Cron("@daily", "UTC", null, null), now));
        Assert.Contains("lies in the future: today is 2025-12-31 in UTC", refusal.Message, StringComparison.Ordinal);
        // In Kyiv the new year has begun already.
        Assert.Empty(January.Ticks(DagSchedule.Cron("@daily", "Europe/Kyiv", null, null), now));
    }
}
