using NodaTime;
using NodaTime.TimeZones;
using Pipelines.Engine.Scheduling;
using static Pipelines.Engine.Tests.Vectors.Instants;

namespace Pipelines.Engine.Tests.Scheduling;

/// <summary>
/// Every kind of schedule in every zone that the program knows, over the years 2000 to 2040: ticks move forward, intervals tile, and backwards they are the same. By
/// default the days around each change of the clocks; <c>PIPELINES_ALL_ZONES=1</c> makes it every tick of all the years.
/// </summary>
public sealed class AllZonesTests
{
    private static readonly Instant From = At("2000-01-01T00:00Z");
    private static readonly Instant To = At("2040-01-01T00:00Z");
    private static readonly bool Whole = Environment.GetEnvironmentVariable("PIPELINES_ALL_ZONES") == "1";

    [Theory]
    [InlineData("cron")]
    [InlineData("union")]
    [InlineData("every")]
    [InlineData("own")]
    public void Ticks_move_forward_and_intervals_tile(string kind)
    {
        // A schedule of one's own looks for what came before by trying: a sample of zones is enough of it, unless all is asked for.
        var ids = DateTimeZoneProviders.Tzdb.Ids.Where((_, i) => Whole || kind != "own" || i % 20 == 0);
        Parallel.ForEach(ids, id =>
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            var schedule = Of(kind, zone);
            foreach (var (from, to) in Whole ? [(From, To)] : Windows(zone))
                AssertTiles($"{kind} in {id}", schedule, from, to);
        });
    }

    [Fact]
    public void Instants_around_every_change_of_the_clocks_are_read_in_order() => Parallel.ForEach(DateTimeZoneProviders.Tzdb.Ids, id =>
    {
        var zone = DateTimeZoneProviders.Tzdb[id];
        // The wall clock shows an hour later at each of them, but for those that it shows twice or not at all: with their offset all are different.
        var moments = Windows(zone).SelectMany(window => Enumerable.Range(0, 6).Select(i => window.From + Duration.FromHours(i))).Distinct().Order().ToList();
        var schedule = Kinds.Read(Schedule.At([.. moments.Select(at => NodaTime.Text.InstantPattern.ExtendedIso.Format(at))]), id);
        Assert.Equal(moments.Skip(1), schedule.Ticks(Instant.MinValue, Instant.MaxValue).Select(tick => tick.ScheduledFor));
    });

    private static DagSchedule Of(string kind, DateTimeZone zone) => kind switch
    {
        "cron" => Kinds.Read(Schedule.Cron("30 */2 * * *"), zone.Id),
        "union" => Kinds.Read(Schedule.Cron("30 2 * * *", "0 0,3 * * MON-FRI", "15 * * * *"), zone.Id),
        "every" => Kinds.Read(Schedule.Every(TimeSpan.FromMinutes(47), "2010-06-01T02:30"), zone.Id),
        _ => Kinds.Read(Kinds.Custom, zone.Id, custom: new OwnCron("30 */3 * * *", zone)),
    };

    private static void AssertTiles(string what, DagSchedule schedule, Instant from, Instant to)
    {
        Tick? last = null;
        foreach (var tick in schedule.Ticks(from, to))
        {
            var tiles = tick.IntervalStart < tick.IntervalEnd && tick.IntervalEnd == tick.ScheduledFor && (last is null || tick.IntervalStart == last.Value.IntervalEnd)
                && schedule.TickBefore(tick.ScheduledFor + Duration.Epsilon) == tick && (last is null || schedule.TickBefore(tick.ScheduledFor) == last);
            if (!tiles)
                Assert.Fail($"{what} after {last}: {tick}");
            last = tick;
        }

        Assert.True(last is not null, what);
    }

    private static IEnumerable<(Instant From, Instant To)> Windows(DateTimeZone zone)
    {
        var changes = zone.GetZoneIntervals(new NodaTime.Interval(From, To), ZoneEqualityComparer.Options.OnlyMatchWallOffset)
            .Where(interval => interval.HasStart && interval.Start > From).Select(interval => interval.Start).DefaultIfEmpty(From + Duration.FromDays(1));
        foreach (var change in changes)
            yield return (change - Duration.FromHours(5), change + Duration.FromHours(5));
    }
}
