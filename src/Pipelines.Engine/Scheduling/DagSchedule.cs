using NodaTime;
using Pipelines.Engine.Cron;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// When a DAG runs and which data each run stands for: ticks, whatever names them, bounded by the data's start and end.
/// The intervals of consecutive ticks tile time with no hole and no overlap, on days when clocks change too. Immutable and
/// thread-safe, as far as the ticks are.
/// </summary>
/// <example>
/// <code>
/// var schedule = DagSchedule.Cron("0 2 * * *", "Europe/Kyiv", start: "2026-01-01", end: null);
/// var next = schedule.TickAfter(now);   // scheduled for 02:00 in Kyiv, standing for the 24 hours before
/// </code>
/// </example>
public sealed class DagSchedule : ITickSource
{
    private readonly ITicks _ticks;

    /// <summary>Creates a schedule from parts that are already read.</summary>
    /// <param name="ticks">What names the ticks.</param>
    /// <param name="zone">The zone in which people read them.</param>
    /// <param name="start">Start of the data: no interval begins earlier. Null: unbounded.</param>
    /// <param name="end">End of the data: no interval ends later. Null: unbounded.</param>
    /// <exception cref="ScheduleException">The end is not after the start.</exception>
    internal DagSchedule(ITicks ticks, DateTimeZone zone, Instant? start, Instant? end)
    {
        if (end <= start)
            throw new ScheduleException($"End {end} is not after Start {start}. Exchange them, or leave one out.");
        (_ticks, Zone, Start, End) = (ticks, zone, start, end);
    }

    /// <summary>The zone in which days begin, and in which people read the ticks.</summary>
    public DateTimeZone Zone { get; }

    /// <summary>No interval begins before this moment; null when unbounded.</summary>
    public Instant? Start { get; }

    /// <summary>No interval ends after this moment; null when unbounded.</summary>
    public Instant? End { get; }

    /// <summary>A schedule of one cron expression.</summary>
    /// <param name="cron">A cron expression; see <see cref="CronExpression"/>.</param>
    /// <param name="zoneId">An IANA time zone, such as <c>Europe/Kyiv</c> or <c>UTC</c>.</param>
    /// <param name="start">
    /// Start of the data: a date (its first moment in the zone), a date and time in the zone, or one with an offset
    /// (<c>2026-01-01T00:00Z</c>). Null: unbounded.
    /// </param>
    /// <param name="end">End of the data, exclusive, in the same forms.</param>
    /// <exception cref="ScheduleException">Any part is wrong; the message says which, why and how to fix it.</exception>
    public static DagSchedule Cron(string cron, string zoneId, string? start, string? end) => ScheduleReader.Cron([cron], zoneId, start, end);

    /// <summary>The first tick scheduled strictly after an instant; null when the schedule has ended.</summary>
    public Tick? TickAfter(Instant after)
    {
        if (Start > after)
            after = Start.Value;
        if (_ticks.Next(after) is not { } tick)
            return null;
        var intervalStart = _ticks.Previous(tick);
        // The very first tick at or after Start only opens the first interval; the tick after it is the first run.
        if (intervalStart is null || intervalStart < Start)
            intervalStart = tick;
        return TicksFrom(intervalStart).Cast<Tick?>().FirstOrDefault();
    }

    /// <summary>The last tick scheduled strictly before an instant; null when there is none since Start.</summary>
    public Tick? TickBefore(Instant before)
    {
        // End itself may still be a tick: it ends the last interval.
        if (End < before)
            before = End.Value + Duration.Epsilon;
        return _ticks.Previous(before) is { } tick
            && _ticks.Previous(tick) is { } intervalStart
            && !(intervalStart < Start)
            ? new Tick(tick, intervalStart, tick)
            : null;
    }

    /// <summary>The ticks scheduled from one instant (included) to another (excluded), oldest first, found one at a time.</summary>
    public IEnumerable<Tick> Ticks(Instant from, Instant to) =>
        TicksFrom(TickAfter(JustBefore(from))?.IntervalStart).TakeWhile(tick => tick.ScheduledFor < to);

    /// <summary>
    /// The ticks whose interval starts from one instant (included) to another (excluded), oldest first, found one at a time:
    /// a range of data, where <see cref="Ticks"/> is a range of due times.
    /// </summary>
    public IEnumerable<Tick> TicksByIntervalStart(Instant fromInclusive, Instant toExclusive)
    {
        var from = Start > fromInclusive ? Start.Value : fromInclusive;
        return TicksFrom(_ticks.Next(JustBefore(from))).TakeWhile(tick => tick.IntervalStart < toExclusive);
    }

    private IEnumerable<Tick> TicksFrom(Instant? intervalStart)
    {
        while (intervalStart is { } start && _ticks.Next(start) is { } tick && !(tick > End))
        {
            yield return new Tick(tick, start, tick);
            intervalStart = tick;
        }
    }

    private static Instant JustBefore(Instant instant) => instant == Instant.MinValue ? instant : instant - Duration.Epsilon;
}
