namespace Pipelines;

/// <summary>
/// The kinds of schedule that <see cref="DagBuilder.Schedule(ScheduleSpec)"/> takes. The zone, Start and End of <see cref="DagAttribute"/> hold for all of them.
/// </summary>
/// <example><code>dag.Schedule(Schedule.Cron("0 7 * * MON-FRI", "0 10 * * SAT"));</code></example>
public static class Schedule
{
    /// <summary>Cron expressions, several as one: it ticks whenever one of them does, once where two do. Intervals go from one tick to the next, of whichever.</summary>
    /// <param name="expressions">As <see cref="DagAttribute.Cron"/>.</param>
    /// <exception cref="DagDefinitionException">There is none.</exception>
    /// <example><code>dag.Schedule(Schedule.Cron("0 9-17 * * MON-FRI", "@daily"));</code></example>
    public static ScheduleSpec Cron(params string[] expressions) => expressions is { Length: > 0 }
        ? new ScheduleSpec { Kind = ScheduleKind.Cron, Crons = [.. expressions] }
        : throw new DagDefinitionException("Schedule.Cron has no expression. Give one or more: Schedule.Cron(\"0 2 * * *\").");

    /// <summary>A tick every span of absolute time: days are 24 hours, and clock changes do not move it. Its phase never moves either, through pauses and redeploys.</summary>
    /// <param name="span">One second or longer, in whole seconds.</param>
    /// <param name="anchor">A moment that is a tick (ISO date or date-time, in the DAG's zone); else the DAG's Start, else 1970-01-01 UTC.</param>
    /// <exception cref="DagDefinitionException">The span is zero, negative, or not whole seconds.</exception>
    /// <example><code>dag.Schedule(Schedule.Every(TimeSpan.FromMinutes(90), anchor: "2026-01-01T06:00"));</code></example>
    public static ScheduleSpec Every(TimeSpan span, string? anchor = null) =>
        span <= TimeSpan.Zero ? throw new DagDefinitionException($"Schedule.Every({span}) does not move forward. Give a span longer than zero.")
        : span.Ticks % TimeSpan.TicksPerSecond != 0 ? throw new DagDefinitionException($"Schedule.Every({span}) is not a whole number of seconds. Round it.")
        : new ScheduleSpec { Kind = ScheduleKind.Every, Span = span, Moments = anchor is null ? null : [anchor] };

    /// <summary>One scheduled run, whatever the catchup. It has no data interval.</summary>
    /// <param name="at">When (ISO date or date-time, in the DAG's zone); else when the DAG is first seen with this schedule, or at its Start if that is later.</param>
    /// <example><code>dag.Schedule(Schedule.Once("2026-07-01T06:00"));</code></example>
    public static ScheduleSpec Once(string? at = null) => new() { Kind = ScheduleKind.Once, Moments = at is null ? null : [at] };

    /// <summary>
    /// Run after run, one at a time: the next is made when the one before has ended, however, and the gap has passed. Its interval goes from the end of the interval before to
    /// the moment it is made, so the intervals of its runs tile time too. MaxActiveRuns is 1.
    /// </summary>
    /// <param name="minGap">The least time from the end of a run to the next one.</param>
    /// <exception cref="DagDefinitionException">The gap is negative.</exception>
    /// <example><code>dag.Schedule(Schedule.Continuous(minGap: TimeSpan.FromSeconds(30)));</code></example>
    public static ScheduleSpec Continuous(TimeSpan minGap) => minGap >= TimeSpan.Zero
        ? new ScheduleSpec { Kind = ScheduleKind.Continuous, Span = minGap }
        : throw new DagDefinitionException($"Schedule.Continuous cannot have a gap of {minGap}. Give zero or longer.");

    /// <summary>
    /// These moments and no others. The run of each stands for the data since the moment before, that of the first for the data since the DAG's Start; without a Start
    /// the first moment has nothing before it and only opens the first interval.
    /// </summary>
    /// <param name="instants">ISO dates or date-times, in the DAG's zone, each later than the one before.</param>
    /// <exception cref="DagDefinitionException">There is none.</exception>
    /// <example><code>dag.Schedule(Schedule.At("2026-03-31", "2026-06-30T18:00", "2026-09-30T18:00Z"));</code></example>
    public static ScheduleSpec At(params string[] instants) => instants is { Length: > 0 }
        ? new ScheduleSpec { Kind = ScheduleKind.At, Moments = [.. instants] }
        : throw new DagDefinitionException("Schedule.At has no instants. Give one or more: Schedule.At(\"2026-03-31\", \"2026-06-30T18:00\").");
}
