using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;

namespace Pipelines.Engine.Scheduling;

/// <summary>Turns what people write for a moment (a date, a wall time, a time with offset) into an instant.</summary>
public static class ZonedMoments
{
    // As cron ticks do: a repeated time means its first pass, a skipped one the end of the gap.
    private static readonly ZoneLocalMappingResolver AsCronDoes =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    private static readonly IPattern<LocalDateTime>[] InZone =
    [
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm"),
        LocalDateTimePattern.ExtendedIso,
    ];

    private static readonly IPattern<OffsetDateTime>[] WithOffset =
    [
        OffsetDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mmo<Z+HH:mm>"),
        OffsetDateTimePattern.Rfc3339,
    ];

    /// <summary>The first moment of a day in a zone.</summary>
    public static Instant StartOf(LocalDate date, DateTimeZone zone) => At(date.AtMidnight(), zone);

    /// <summary>Reads a moment; <paramref name="what"/> names it in messages. Null stays null.</summary>
    /// <exception cref="ScheduleException">The text is in none of the three forms, or no such date exists.</exception>
    public static Instant? Parse(string what, string? text, DateTimeZone zone)
    {
        if (text is null)
            return null;
        if (LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var date))
            return StartOf(date, zone);
        foreach (var pattern in InZone)
            if (pattern.Parse(text).TryGetValue(default, out var local))
                return At(local, zone);
        foreach (var pattern in WithOffset)
            if (pattern.Parse(text).TryGetValue(default, out var moment))
                return moment.ToInstant();
        throw new ScheduleException(
            $"{what} '{text}' is not a date. Write 2026-01-31 (its first moment in {zone.Id}), "
            + $"2026-01-31T08:30 (in {zone.Id}) or 2026-01-31T08:30Z.");
    }

    /// <summary>When a zone's clocks show this.</summary>
    public static Instant At(LocalDateTime wall, DateTimeZone zone) => zone.ResolveLocal(wall, AsCronDoes).ToInstant();
}
