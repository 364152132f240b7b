using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>Which runs a backfill makes next, after its cursor and in its order.</summary>
public static class BackfillPace
{
    public static IReadOnlyList<Tick> Next(OpenBackfill backfill, ISchedule? custom, int count)
    {
        var schedule = ScheduleOf.Spec(backfill.Spec, custom);
        if (schedule is null)
            return [];
        // The cursor bounds the days that have to be looked at: the next interval starts at it, or before it.
        var at = backfill.Cursor?.InZone(schedule.Zone).Date;
        var from = !backfill.NewestFirst && at is { } low ? LocalDate.Max(backfill.From, low) : backfill.From;
        var to = backfill.NewestFirst && at is { } high ? LocalDate.Min(backfill.To, high) : backfill.To;
        if (from > to)
            return [];
        var ticks = new BackfillRange(from, to).Ticks(schedule, backfill.Now);
        return backfill.NewestFirst
            ? [.. ticks.Where(tick => backfill.Cursor is null || tick.ScheduledFor < backfill.Cursor).Reverse().Take(count)]
            : [.. ticks.Where(tick => backfill.Cursor is null || tick.ScheduledFor > backfill.Cursor).Take(count)];
    }
}
