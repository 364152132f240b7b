using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// One moment that a schedule names, and so one run: it becomes due at <see cref="ScheduledFor"/> and stands for the data of the
/// half-open interval that has just ended.
/// </summary>
/// <param name="ScheduledFor">When the run becomes due; it never starts earlier. Identifies the run within its DAG.</param>
/// <param name="IntervalStart">The tick before this one: the first moment whose data belongs to the run.</param>
/// <param name="IntervalEnd">The first moment whose data no longer belongs to the run. Equal to <paramref name="ScheduledFor"/>.</param>
/// <example>Of a daily schedule in UTC, the run for the data of 1 March is scheduled for 2 March 00:00.</example>
public readonly record struct Tick(Instant ScheduledFor, Instant IntervalStart, Instant IntervalEnd);
