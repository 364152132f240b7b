using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// The ticks of a team's own <see cref="ISchedule"/>. What it answers is checked each time, so that nothing above ever goes backwards or round in a circle. It knows only
/// what comes next: the tick before a moment is found by looking from ever further back, and walking.
/// </summary>
/// <param name="schedule">The plugin's. Whoever made this lets go of it when the call is over.</param>
/// <param name="name">Its class, for messages.</param>
internal sealed class CustomTicks(ISchedule schedule, string name) : ITicks
{
    /// <summary>Steps of one walk, at the most: a schedule that ticks each second is found in some sixty.</summary>
    private const int MaxSteps = 100_000;

    /// <summary>Outside these years nothing is asked for, so that a schedule may add and subtract some years without a care.</summary>
    private static readonly Instant Earliest = Instant.FromUtc(1900, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(2400, 1, 1, 0, 0);
    private static readonly Duration NearestLook = Duration.FromMinutes(1);

    public Instant? Next(Instant after)
    {
        if (after >= Latest)
            return null;
        // Ticks are whole seconds, so the second begun makes no difference; whoever writes a schedule never sees a fraction.
        var from = DateTimeOffset.FromUnixTimeSeconds(Instant.Max(after, Earliest).ToUnixTimeSeconds());
        DateTimeOffset? answer;
        try
        {
            answer = schedule.Next(from);
        }
        catch (Exception e)
        {
            throw new ScheduleException($"The schedule {name} threw {e.GetType().Name} for Next({Text(from)}): {e.Message}");
        }

        if (answer is not { } tick)
            return null;
        if (tick == from)
            throw new ScheduleException($"The schedule {name} never advances: Next({Text(from)}) returned the same moment. Return the first tick strictly after it.");
        if (tick < from)
            throw new ScheduleException($"The schedule {name} goes backwards: Next({Text(from)}) returned {Text(tick)}. Return the first tick strictly after it.");
        if (tick.UtcTicks % TimeSpan.TicksPerSecond != 0)
            throw new ScheduleException($"The schedule {name} names {tick.UtcDateTime:O}, which is not a whole second. Round its ticks to seconds.");
        return Instant.FromDateTimeOffset(tick) is var found && found <= Latest ? found : null;
    }

    public Instant? Previous(Instant before)
    {
        before = Instant.Min(before, Latest);
        for (var look = NearestLook; before > Earliest; look *= 2)
        {
            var from = before - Earliest > look ? before - look : Earliest;
            if (Next(from) is { } tick && tick < before)
                return LastBefore(before, tick);
            if (from == Earliest)
                break;
        }

        return null;
    }

    private Instant LastBefore(Instant before, Instant tick)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (Next(tick) is not { } next || next >= before)
                return tick;
            tick = next;
        }

        throw new ScheduleException($"The schedule {name} has more than {MaxSteps:N0} ticks where it has few elsewhere; the one before {before} was not found.");
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
