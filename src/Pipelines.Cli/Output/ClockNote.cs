using NodaTime;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Output;

/// <summary>What clock changes do to a tick and its interval, for whoever wonders at a list of ticks.</summary>
internal static class ClockNote
{
    /// <summary>Null: the clocks run evenly from the start of the interval to the tick, and show its time once.</summary>
    public static string? Of(Tick tick, DateTimeZone zone)
    {
        var at = tick.ScheduledFor.InZone(zone);
        if (zone.MapLocal(at.LocalDateTime) is { Count: 2 } twice)
            return $"the clocks show {at.LocalDateTime:HH:mm} twice; this is the {(twice.First().ToInstant() == tick.ScheduledFor ? "first" : "second")}";
        var (before, after) = (zone.GetUtcOffset(tick.IntervalStart), at.Offset);
        if (before == after)
            return null;
        var change = zone.GetZoneInterval(tick.ScheduledFor).Start;
        var by = SchedulePhrase.Span(TimeSpan.FromSeconds(Math.Abs((after - before).Seconds)));
        return tick.ScheduledFor == change && after > before
            ? $"moved here: the clocks skip {change.WithOffset(before).LocalDateTime:HH:mm} to {at.LocalDateTime:HH:mm}"
            : $"the clocks go {(after > before ? "forward" : "back")} {by} in this interval";
    }
}
