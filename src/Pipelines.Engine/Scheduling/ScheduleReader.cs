using NodaTime;
using Pipelines.Engine.Cron;

namespace Pipelines.Engine.Scheduling;

/// <summary>Makes schedules from what an author wrote.</summary>
internal static class ScheduleReader
{
    private static readonly Instant UnixEpoch = Instant.FromUnixTimeSeconds(0);

    /// <exception cref="ScheduleException">Any part is wrong; the message says which, why and how to fix it.</exception>
    public static DagSchedule Cron(IReadOnlyList<string> crons, string zoneId, string? start, string? end)
    {
        var zone = TimeZoneNames.Find(zoneId);
        return Bounded(new CronTicks([.. crons.Select(Expression)], zone), zone, start, end);
    }

    /// <summary>The schedule of a kind with ticks and intervals.</summary>
    /// <param name="kind">What the graph names.</param>
    /// <param name="spec">The rest of the graph: zone, start and end.</param>
    /// <param name="custom">The author's own, where the kind is that.</param>
    /// <exception cref="ScheduleException">Any part is wrong; the message says which, why and how to fix it.</exception>
    public static DagSchedule Read(ScheduleSpec kind, DagSpec spec, ISchedule? custom)
    {
        var zone = TimeZoneNames.Find(spec.TimeZone);
        var start = ZonedMoments.Parse("Start", spec.Start, zone);
        ITicks ticks = kind.Kind switch
        {
            ScheduleKind.Cron => new CronTicks([.. (kind.Crons ?? []).Select(Expression)], zone),
            ScheduleKind.Every => new EveryTicks(
                Duration.FromTimeSpan(kind.Span!.Value), ZonedMoments.Parse("The anchor of Schedule.Every", kind.Moments?[0], zone) ?? start ?? UnixEpoch),
            ScheduleKind.At => new InstantTicks(Instants(kind.Moments ?? [], zone, start)),
            ScheduleKind.Custom => new CustomTicks(
                custom ?? throw new ScheduleException($"The schedule {kind.Type} is code of the DAG's assembly, which is not at hand here."), kind.Type ?? "of its own"),
            _ => throw new ScheduleException($"A schedule of kind {kind.Kind} has no ticks."),
        };
        return Bounded(ticks, zone, spec.Start, spec.End);
    }

    /// <summary>Of Once: when, where the author says it.</summary>
    /// <exception cref="ScheduleException">It is no moment, or beyond the DAG's End.</exception>
    public static Instant? OnceAt(ScheduleSpec once, DagSpec spec)
    {
        var zone = TimeZoneNames.Find(spec.TimeZone);
        var at = ZonedMoments.Parse("The moment of Schedule.Once", once.Moments?[0], zone);
        return at is { } given && ZonedMoments.Parse("End", spec.End, zone) is { } end && given > end
            ? throw new ScheduleException($"Schedule.Once(\"{once.Moments![0]}\") is beyond End, {spec.End}: its run would never be made. Correct one of them.")
            : at;
    }

    private static DagSchedule Bounded(ITicks ticks, DateTimeZone zone, string? start, string? end) =>
        new(ticks, zone, ZonedMoments.Parse("Start", start, zone), ZonedMoments.Parse("End", end, zone));

    private static CronExpression Expression(string text)
    {
        try
        {
            var expression = CronExpression.Parse(text);
            return expression.EverFires ? expression : throw new ScheduleException(
                $"Cron expression '{expression}' never fires: no date in 40 years matches it. Correct its day and month fields.");
        }
        catch (CronFormatException problem)
        {
            throw new ScheduleException(problem.Message, problem);
        }
    }

    // The Start is where the first interval begins, so it stands before the instants as if it were one.
    private static Instant[] Instants(IReadOnlyList<string> texts, DateTimeZone zone, Instant? start)
    {
        var instants = texts.Select((text, i) => ZonedMoments.Parse($"Instant {i + 1} of Schedule.At,", text, zone)!.Value).ToArray();
        for (var i = 1; i < instants.Length; i++)
        {
            if (instants[i] <= instants[i - 1])
                throw new ScheduleException(
                    $"Instant {i + 1} of Schedule.At, '{texts[i]}', {(instants[i] == instants[i - 1] ? "is the same as" : "is earlier than")} the one before it, "
                    + $"'{texts[i - 1]}'. Write each once, in order.");
        }

        if (instants.Length == 1 && !(start < instants[0]))
            throw new ScheduleException(
                $"Schedule.At names one instant, '{texts[0]}', and the DAG has no Start before it, so there is no data interval. Give the DAG a Start, or use Schedule.Once.");
        return start < instants[0] ? [start.Value, .. instants] : instants;
    }
}
