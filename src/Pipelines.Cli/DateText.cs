using NodaTime;
using NodaTime.Text;

namespace Pipelines.Cli;

/// <summary>Dates and moments as people type them.</summary>
internal static class DateText
{
    private static readonly IPattern<LocalDateTime>[] InZone =
        [LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm"), LocalDateTimePattern.ExtendedIso];

    private static readonly IPattern<OffsetDateTime>[] WithOffset =
        [OffsetDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mmo<Z+HH:mm>"), OffsetDateTimePattern.Rfc3339];

    /// <exception cref="CommandException">It is no date.</exception>
    public static LocalDate Day(string flag, string text) => LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var day)
        ? day
        : throw new CommandException($"{flag} '{text}' is not a date; write a day that exists as 2026-01-31");

    /// <summary>A day means its first moment in the zone; a time without offset is read in the zone.</summary>
    /// <exception cref="CommandException">It is no moment.</exception>
    public static Instant Moment(string flag, string text, DateTimeZone zone)
    {
        if (LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var day))
            return zone.AtStartOfDay(day).ToInstant();
        foreach (var pattern in InZone)
        {
            if (pattern.Parse(text).TryGetValue(default, out var wall))
                return zone.AtLeniently(wall).ToInstant();
        }

        foreach (var pattern in WithOffset)
        {
            if (pattern.Parse(text).TryGetValue(default, out var moment))
                return moment.ToInstant();
        }

        throw new CommandException($"{flag} '{text}' is not a moment; write 2026-01-31, 2026-01-31T08:30 (in {zone.Id}) or 2026-01-31T08:30Z");
    }
}
