using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>What to do about ticks that passed while no scheduler ran, or the DAG was paused or not yet known.</summary>
public enum CatchupRule
{
    /// <summary>One run, for the latest missed tick. Its interval is not widened.</summary>
    Latest,

    /// <summary>A run for every missed tick, oldest first.</summary>
    All,

    /// <summary>No run for any missed tick.</summary>
    None,
}

/// <summary>What one pass of the scheduler does for one DAG.</summary>
/// <param name="Create">The runs to create now, oldest first.</param>
/// <param name="HandledThrough">
/// Every tick up to and including this instant is decided. Store it with the runs, in one transaction, and give it to the
/// next pass as its <c>lastTick</c>.
/// </param>
/// <param name="Next">
/// The first tick not decided: the time of the next pass. It may already be due when the maximum cut <paramref name="Create"/>
/// short. Null when the schedule has ended.
/// </param>
public sealed record TickDecision(IReadOnlyList<Tick> Create, Instant HandledThrough, Tick? Next);

/// <summary>The rule for missed ticks, as a pure function of the time it is given.</summary>
public static class MissedTicks
{
    /// <summary>
    /// How late a tick may be served and not count as missed: 60 seconds. A scheduler that merely runs a little late drops no
    /// tick, whatever the rule, not even of a schedule that fires every second.
    /// </summary>
    public static readonly Duration Grace = Duration.FromSeconds(60);

    /// <summary>Decides which runs to create now.</summary>
    /// <remarks>
    /// Looks at the ticks after <paramref name="lastTick"/> up to and including <paramref name="now"/>.
    /// <list type="bullet">
    /// <item><see cref="CatchupRule.All"/>: every one of them.</item>
    /// <item><see cref="CatchupRule.Latest"/>: only the latest, if any of them is missed; otherwise every one.</item>
    /// <item><see cref="CatchupRule.None"/>: only those that are not missed.</item>
    /// </list>
    /// A tick is missed when it is <see cref="Grace"/> old or older. A DAG that is seen for the first time has missed
    /// every tick since its Start; without a Start it has missed none and waits for its next tick.
    /// </remarks>
    /// <param name="schedule">The DAG's schedule.</param>
    /// <param name="lastTick">Ticks up to and including this instant are decided already; null for a DAG seen for the first time.</param>
    /// <param name="now">The database's time.</param>
    /// <param name="rule">The DAG's catchup.</param>
    /// <param name="max">The most runs to create in this pass; the oldest come first, the others are left to the next pass.</param>
    /// <example>
    /// Hourly, scheduler down from 09:30 to 12:00:30: <c>All</c> creates 10:00, 11:00 and 12:00; <c>Latest</c> creates 12:00;
    /// <c>None</c> creates 12:00 too, because that one is only 30 seconds late. Back at 12:20, <c>None</c> creates nothing.
    /// </example>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is less than 1.</exception>
    public static TickDecision Decide(ITickSource schedule, Instant? lastTick, Instant now, CatchupRule rule, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var handled = lastTick ?? schedule.Start ?? now;
        // A clock set back must not open again what was decided.
        if (handled >= now)
            return new TickDecision([], handled, schedule.TickAfter(handled));

        var latestNotMissed = now - Grace;
        var oldest = schedule.TickAfter(handled);
        var from = rule switch
        {
            CatchupRule.None => Instant.Max(handled, latestNotMissed),
            CatchupRule.Latest when oldest is { } tick && tick.ScheduledFor <= latestNotMissed =>
                schedule.TickBefore(now + Duration.Epsilon)!.Value.ScheduledFor - Duration.Epsilon,
            _ => handled,
        };
        var due = schedule.Ticks(from + Duration.Epsilon, now + Duration.Epsilon).Take(max + 1).ToList();
        if (due.Count <= max)
            return new TickDecision(due, now, schedule.TickAfter(now));
        var next = due[max];
        due.RemoveAt(max);
        return new TickDecision(due, due[^1].ScheduledFor, next);
    }
}
