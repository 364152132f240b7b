using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// The days whose data a backfill makes again: whole local days in the schedule's zone, both included. A tick belongs to the day
/// in which its interval starts, so 1 to 31 January of an hourly schedule is 744 runs.
/// </summary>
public sealed record BackfillRange
{
    /// <summary>Creates a range of days.</summary>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day, included.</param>
    /// <exception cref="ScheduleException">The first day is after the last.</exception>
    public BackfillRange(LocalDate from, LocalDate to)
    {
        if (from > to)
            throw new ScheduleException(
                $"The backfill's first day {from:uuuu-MM-dd} is after its last day {to:uuuu-MM-dd}. Exchange them.");
        (From, To) = (from, to);
    }

    /// <summary>The first day.</summary>
    public LocalDate From { get; }

    /// <summary>The last day, included.</summary>
    public LocalDate To { get; }

    /// <summary>
    /// The ticks of the range whose interval has ended by <paramref name="now"/>, oldest first, found one at a time. The
    /// schedule's Start and End bound them too. Empty when the range has begun and no interval in it has ended yet.
    /// </summary>
    /// <param name="schedule">The DAG's schedule; its zone says when a day begins.</param>
    /// <param name="now">The database's time.</param>
    /// <exception cref="ScheduleException">The whole range lies in the future.</exception>
    /// <example><code>new BackfillRange(new(2026, 1, 1), new(2026, 1, 31)).Ticks(schedule, now)</code></example>
    public IEnumerable<Tick> Ticks(DagSchedule schedule, Instant now)
    {
        var today = now.InZone(schedule.Zone).Date;
        if (From > today)
            throw new ScheduleException(
                $"The backfill from {From:uuuu-MM-dd} to {To:uuuu-MM-dd} lies in the future: "
                + $"today is {today:uuuu-MM-dd} in {schedule.Zone.Id}. Choose days that have begun.");
        // From today on nothing but the present bounds the range, so a far last day means "until now".
        var end = To < today ? ZonedMoments.StartOf(To.PlusDays(1), schedule.Zone) : now;
        return schedule.TicksByIntervalStart(ZonedMoments.StartOf(From, schedule.Zone), end).TakeWhile(tick => tick.IntervalEnd <= now);
    }
}
