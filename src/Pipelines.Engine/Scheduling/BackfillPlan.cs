using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Scheduling;

/// <summary>What a backfill does with one date.</summary>
public enum BackfillAction
{
    /// <summary>It has no run yet: one is made.</summary>
    Create,

    /// <summary>Its run has ended and is run again.</summary>
    Again,

    /// <summary>It is left as it is.</summary>
    Leave,
}

/// <summary>One date of a backfill, what is done with it, and why.</summary>
public sealed record PlannedDate(Tick Tick, BackfillAction Action, string Why);

/// <summary>A month of local interval starts in a plan, as a line of its summary.</summary>
public sealed record PlannedMonth(YearMonth Month, int Create, int Again, int Leave);

/// <summary>
/// What a backfill would do, date by date: the preview that is shown before anything is written. The rules are those of the SQL
/// function pace_backfill, which decides again when a date's turn has come.
/// </summary>
/// <param name="Dates">Every date of the range, oldest first.</param>
/// <example><code>BackfillPlan.Make(range.Ticks(schedule, now), existing, "missing").Total</code></example>
public sealed record BackfillPlan(IReadOnlyList<PlannedDate> Dates)
{
    /// <summary>A range of more dates is refused: it is a schedule of seconds over years, and hardly meant.</summary>
    public const int MaxDates = 200_000;

    /// <summary>The policies for dates that have a run: missing leaves them, failed and all run ended ones again.</summary>
    public static IReadOnlyList<string> Policies { get; } = ["missing", "failed", "all"];

    /// <summary>Dates that get a new run.</summary>
    public int Create { get; } = Dates.Count(date => date.Action == BackfillAction.Create);

    /// <summary>Dates whose run is run again.</summary>
    public int Again { get; } = Dates.Count(date => date.Action == BackfillAction.Again);

    /// <summary>Dates that are left as they are.</summary>
    public int Leave => Dates.Count - Total;

    /// <summary>How many runs the backfill makes or runs again.</summary>
    public int Total => Create + Again;

    /// <summary>The oldest date that is worked on; null when there is none.</summary>
    public Tick? First => Dates.FirstOrDefault(date => date.Action != BackfillAction.Leave)?.Tick;

    /// <summary>The newest date that is worked on; null when there is none.</summary>
    public Tick? Last => Dates.LastOrDefault(date => date.Action != BackfillAction.Leave)?.Tick;

    /// <summary>Decides what is done with each date.</summary>
    /// <param name="ticks">The ticks of the range, oldest first.</param>
    /// <param name="existing">The states of the runs there are, by scheduledFor.</param>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <exception cref="ScheduleException">The policy is unknown, or there are more than <see cref="MaxDates"/> dates.</exception>
    public static BackfillPlan Make(IEnumerable<Tick> ticks, IReadOnlyDictionary<DateTimeOffset, char> existing, string policy)
    {
        if (!Policies.Contains(policy))
            throw new ScheduleException($"'{policy}' is not a way to treat existing runs. Write one of: {string.Join(", ", Policies)}.");
        return new BackfillPlan([.. Bounded(ticks).Select(tick => Decide(
            tick, existing.TryGetValue(tick.ScheduledFor.ToDateTimeOffset(), out var state) ? state : null, policy))]);
    }

    /// <summary>The ticks of a range, for a plan.</summary>
    /// <exception cref="ScheduleException">There are more than <paramref name="most"/>.</exception>
    public static IReadOnlyList<Tick> Bounded(IEnumerable<Tick> ticks, int most = MaxDates) =>
        ticks.Take(most + 1).ToList() is var bounded && bounded.Count <= most ? bounded : throw new ScheduleException(
            FormattableString.Invariant($"The backfill's range holds more than {most:N0} runs. Choose fewer days."));

    /// <summary>The plan by month of the data, in the schedule's zone, oldest first.</summary>
    public IEnumerable<PlannedMonth> Months(DateTimeZone zone) => Dates
        .GroupBy(date => date.Tick.IntervalStart.InZone(zone).Date.ToYearMonth())
        .Select(month => new PlannedMonth(
            month.Key,
            month.Count(date => date.Action == BackfillAction.Create),
            month.Count(date => date.Action == BackfillAction.Again),
            month.Count(date => date.Action == BackfillAction.Leave)));

    private static PlannedDate Decide(Tick tick, char? state, string policy)
    {
        if (state is not { } known)
            return new PlannedDate(tick, BackfillAction.Create, "it has no run yet");
        var again = policy switch
        {
            "failed" => known is 'f' or 'c',
            "all" => RunState.Ended(known),
            _ => false,
        };
        var verb = known switch { 'q' or 'r' => "is", 'c' => "was", _ => "has" };
        return new PlannedDate(tick, again ? BackfillAction.Again : BackfillAction.Leave, $"its run {verb} {RunState.Word(known)}");
    }
}
