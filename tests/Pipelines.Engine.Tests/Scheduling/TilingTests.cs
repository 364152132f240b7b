using NodaTime;
using NodaTime.TimeZones;
using Pipelines.Engine.Cron;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>
/// In every zone, ticks move forward and intervals tile. Other evaluators return the same instant for ever in some of them.
/// </summary>
public sealed class TilingTests
{
    private static readonly Instant From = At("2024-01-01T00:00Z");
    private static readonly Instant To = At("2031-01-01T00:00Z");

    private static IEnumerable<DateTimeZone> Zones => DateTimeZoneProviders.Tzdb.Ids.Select(id => DateTimeZoneProviders.Tzdb[id]);

    [Theory]
    [InlineData("0 0 * * *")]
    [InlineData("30 2 * * *")]
    public void Daily_intervals_tile_the_years_2024_to_2030_in_every_zone(string text)
    {
        Parallel.ForEach(Zones, zone =>
        {
            // One tick for every local day, whatever the clocks do.
            var days = Period.DaysBetween(From.InZone(zone).Date, To.InZone(zone).Date);
            Assert.InRange(AssertTiles(text, zone, From, To), days - 1, days + 1);
        });
    }

    [Theory]
    [InlineData("15 * * * *")]
    [InlineData("*/15 * * * *")]
    [InlineData("*/7 0-5 * * *")]
    [InlineData("0,30 0,1,2,3 * * *")]
    public void Frequent_intervals_tile_the_days_around_every_transition_of_every_zone(string text)
    {
        Parallel.ForEach(Zones, zone =>
        {
            foreach (var transition in TransitionsOf(zone))
                AssertTiles(text, zone, transition - Duration.FromHours(12), transition + Duration.FromHours(12));
        });
    }

    [Fact]
    public void An_every_hour_schedule_fires_once_in_every_hour_of_zones_that_change_by_whole_hours()
    {
        foreach (var id in new[] { "America/New_York", "Europe/Dublin", "Africa/Casablanca", "America/Asuncion", "Europe/Kyiv" })
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            foreach (var transition in TransitionsOf(zone))
                Assert.Equal(60, AssertTiles("15 * * * *", zone, transition - Duration.FromHours(30), transition + Duration.FromHours(30)));
        }
    }

    private static int AssertTiles(string text, DateTimeZone zone, Instant from, Instant to)
    {
        var expression = CronExpression.Parse(text);
        var schedule = DagSchedule.Cron(text, zone.Id, null, null);
        var count = 0;
        Tick? last = null;
        foreach (var tick in schedule.Ticks(from, to))
        {
            var tiles = tick.IntervalStart < tick.IntervalEnd
                && tick.IntervalEnd == tick.ScheduledFor
                && (last is null || tick.IntervalStart == last.Value.IntervalEnd)
                // The other direction must draw the same borders.
                && expression.Previous(tick.ScheduledFor, zone) == tick.IntervalStart;
            if (!tiles)
                Assert.Fail($"{text} in {zone.Id} after {last}: {tick}");
            last = tick;
            count++;
        }

        Assert.True(count > 0, zone.Id);
        return count;
    }

    private static IEnumerable<Instant> TransitionsOf(DateTimeZone zone) =>
        zone.GetZoneIntervals(new NodaTime.Interval(From, To), ZoneEqualityComparer.Options.OnlyMatchWallOffset)
            .Where(interval => interval.HasStart && interval.Start > From)
            .Select(interval => interval.Start);
}
