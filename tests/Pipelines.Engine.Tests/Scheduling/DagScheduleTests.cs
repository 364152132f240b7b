using NodaTime;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

public sealed class DagScheduleTests
{
    private static readonly DagSchedule FourYears = DagSchedule.Cron("@daily", "UTC", "2012-01-01", "2016-01-01");

    [Fact]
    public void A_daily_schedule_from_2012_to_2016_has_exactly_1461_ticks()
    {
        var ticks = FourYears.Ticks(Instant.MinValue, Instant.MaxValue).ToList();
        Assert.Equal(1461, ticks.Count);
        Assert.Equal(new Tick(At("2012-01-02T00:00Z"), At("2012-01-01T00:00Z"), At("2012-01-02T00:00Z")), ticks[0]);
        Assert.Equal(new Tick(At("2016-01-01T00:00Z"), At("2015-12-31T00:00Z"), At("2016-01-01T00:00Z")), ticks[^1]);
        Assert.Equal(ticks, FourYears.TicksByIntervalStart(Instant.MinValue, Instant.MaxValue));
    }

    [Fact]
    public void TickAfter_and_TickBefore_stop_at_Start_and_End()
    {
        Assert.Equal(At("2012-01-02T00:00Z"), FourYears.TickAfter(Instant.MinValue)?.ScheduledFor);
        Assert.Equal(At("2012-01-02T00:00Z"), FourYears.TickAfter(At("2012-01-01T00:00Z"))?.ScheduledFor);
        Assert.Equal(At("2016-01-01T00:00Z"), FourYears.TickAfter(At("2015-12-31T00:00Z"))?.ScheduledFor);
        Assert.Null(FourYears.TickAfter(At("2016-01-01T00:00Z")));
        Assert.Equal(At("2016-01-01T00:00Z"), FourYears.TickBefore(Instant.MaxValue)?.ScheduledFor);
        Assert.Equal(At("2012-01-02T00:00Z"), FourYears.TickBefore(At("2012-01-02T00:00:01Z"))?.ScheduledFor);
        Assert.Null(FourYears.TickBefore(At("2012-01-02T00:00Z")));
    }

    [Fact]
    public void A_Start_between_two_ticks_leaves_out_the_interval_it_cuts()
    {
        var schedule = DagSchedule.Cron("0 6 * * *", "UTC", "2026-01-01", "2026-01-04");
        Assert.Equal(
            [At("2026-01-02T06:00Z"), At("2026-01-03T06:00Z")],
            schedule.Ticks(Instant.MinValue, Instant.MaxValue).Select(tick => tick.ScheduledFor));
        Assert.Null(schedule.TickBefore(At("2026-01-02T06:00Z")));
        Assert.Equal(At("2026-01-02T06:00Z"), schedule.TickAfter(At("2026-01-01T05:00Z"))?.ScheduledFor);
    }

    [Fact]
    public void Ticks_select_by_due_time_and_TicksByIntervalStart_by_data()
    {
        var schedule = DagSchedule.Cron("@daily", "UTC", null, null);
        var (from, to) = (At("2026-01-02T00:00Z"), At("2026-01-04T00:00Z"));
        Assert.Equal([At("2026-01-02T00:00Z"), At("2026-01-03T00:00Z")], schedule.Ticks(from, to).Select(tick => tick.ScheduledFor));
        Assert.Equal(
            [At("2026-01-03T00:00Z"), At("2026-01-04T00:00Z")],
            schedule.TicksByIntervalStart(from, to).Select(tick => tick.ScheduledFor));
    }

    [Theory]
    [InlineData("2026-01-01", "2025-12-31T22:00Z")]
    [InlineData("2026-01-01T08:30", "2026-01-01T06:30Z")]
    [InlineData("2026-07-01T08:30:15", "2026-07-01T05:30:15Z")]
    [InlineData("2026-01-01T08:30Z", "2026-01-01T08:30Z")]
    [InlineData("2026-01-01T08:30:00-05:00", "2026-01-01T13:30Z")]
    // Skipped on 29 March 2026 and repeated on 25 October 2026: read as cron reads them.
    [InlineData("2026-03-29T03:30", "2026-03-29T01:00Z")]
    [InlineData("2026-10-25T03:30", "2026-10-25T00:30Z")]
    public void Start_and_End_are_read_in_the_zone_of_the_schedule(string text, string instant)
    {
        Assert.Equal(At(instant), DagSchedule.Cron("@daily", "Europe/Kyiv", text, null).Start);
        Assert.Equal(At(instant), DagSchedule.Cron("@daily", "Europe/Kyiv", null, text).End);
    }

    [Theory]
    [InlineData("* * *", "UTC", null, null, "it has 3 fields")]
    [InlineData("0 0 30 2 *", "UTC", null, null, "'0 0 30 2 *' never fires")]
    [InlineData("@daily", "Europe/Kyv", null, null, "'Europe/Kyv' is unknown. Did you mean 'Europe/Kyiv'?")]
    [InlineData("@daily", "kyiv", null, null, "Did you mean 'Europe/Kyiv'?")]
    [InlineData("@daily", "new york", null, null, "Did you mean 'America/New_York'?")]
    [InlineData("@daily", "europe/london", null, null, "Did you mean 'Europe/London'?")]
    [InlineData("@daily", "W. Europe Standard Time", null, null, "Did you mean 'Europe/Berlin'?")]
    [InlineData("@daily", "UTC", "01.02.2026", null, "Start '01.02.2026' is not a date. Write 2026-01-31")]
    [InlineData("@daily", "UTC", "2026-02-30", null, "Start '2026-02-30' is not a date")]
    [InlineData("@daily", "UTC", null, "soon", "End 'soon' is not a date")]
    [InlineData("@daily", "UTC", "2026-01-02", "2026-01-01", "End 2026-01-01T00:00:00Z is not after Start 2026-01-02T00:00:00Z")]
    [InlineData("@daily", "UTC", "2026-01-01", "2026-01-01", "is not after Start")]
    public void A_schedule_that_makes_no_sense_says_why(string cron, string zone, string? start, string? end, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<ScheduleException>(() => DagSchedule.Cron(cron, zone, start, end)).Message,
            StringComparison.Ordinal);
}
