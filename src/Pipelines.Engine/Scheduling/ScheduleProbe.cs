using NodaTime;

namespace Pipelines.Engine.Scheduling;

/// <summary>Asks a schedule of the author's own for some hundred ticks when its DAG is loaded, so that what would go wrong later is an import error now.</summary>
internal static class ScheduleProbe
{
    private const int TicksAsked = 150;

    /// <summary>The ticks from the graph's Start and from now on. Two probes of one DAG must give the same.</summary>
    /// <exception cref="ScheduleException">It throws, does not advance, or answers differently when it is asked again.</exception>
    public static IReadOnlyList<Instant> Ask(DagSpec spec, ISchedule schedule, Instant now)
    {
        var ticks = new CustomTicks(schedule, ScheduleOf.Named(spec)?.Type ?? schedule.GetType().Name);
        var answers = From(ticks, now);
        if (ScheduleOf.StartOf(spec) is { } start && start < now)
            answers.AddRange(From(ticks, start));
        if (answers.Count == 0 && ticks.Next(Instant.FromUtc(1900, 1, 1, 0, 0)) is null)
            throw new ScheduleException($"The schedule {ScheduleOf.Named(spec)?.Type} names no tick at all. Return the first one strictly after the moment given.");
        return answers;

        List<Instant> From(CustomTicks asked, Instant from)
        {
            var found = new List<Instant>();
            for (var tick = asked.Next(from); tick is { } next && found.Count < TicksAsked; tick = asked.Next(next))
                found.Add(next);
            var before = from;
            foreach (var tick in found)
            {
                // From half-way, the same tick comes next; so it does from the moment before it. A counter, a clock or a random number shows here.
                if (asked.Next(before + (tick - before) / 2) != tick || asked.Next(before) != tick)
                    throw new ScheduleException(
                        $"The schedule {ScheduleOf.Named(spec)?.Type} answers differently when it is asked again: {tick} is next after {before}, and then it is not. "
                        + "Let Next depend on nothing but its argument: no clock, no counter, no random number.");
                before = tick;
            }

            return found;
        }
    }
}
