using System.Globalization;
using Microsoft.AspNetCore.Html;
using NodaTime;
using NodaTime.Text;

namespace Pipelines.Web.Views;

/// <summary>All times on pages are made here: moments in the reader's zone, schedule times in the DAG's zone with its name; the title says UTC.</summary>
internal static class Times
{
    private static readonly LocalDateTimePattern Minutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm");
    private static readonly LocalDateTimePattern Seconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm:ss");

    public static DateTimeZone Zone(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) ?? DateTimeZone.Utc;

    public static LocalDateTime Local(DateTimeOffset at, DateTimeZone zone) => Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime;

    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    public static string UtcText(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    public static IHtmlContent At(DateTimeOffset? at, DateTimeZone zone) =>
        at is { } t ? Element(t, zone == DateTimeZone.Utc ? UtcText(t) : AtText(t, zone)) : new HtmlString("<span class=\"dim\">not yet</span>");

    /// <summary>A moment to the second; the offset is told where the local clock shows the same time twice.</summary>
    public static string AtText(DateTimeOffset at, DateTimeZone zone) => Text(at, zone, Seconds);

    /// <summary>The day of a schedule time, and the time of day where it is not midnight.</summary>
    public static string DayText(DateTimeOffset at, DateTimeZone zone) =>
        Local(at, zone) is var local && local.TimeOfDay == LocalTime.Midnight ? LocalDatePattern.Iso.Format(local.Date) : ZonedText(at, zone);

    /// <summary>A schedule time; the offset is told where the local clock shows the same time twice.</summary>
    public static string ZonedText(DateTimeOffset at, DateTimeZone zone) => Text(at, zone, at.UtcDateTime.Second == 0 ? Minutes : Seconds);

    public static IHtmlContent Zoned(DateTimeOffset at, DateTimeZone zone) => Element(at, $"{ZonedText(at, zone)} {zone.Id}");

    public static IHtmlContent Span(Interval interval, DateTimeZone zone) => new HtmlContentBuilder()
        .AppendHtml(Element(interval.Start, ZonedText(interval.Start, zone))).Append(" to ")
        .AppendHtml(Element(interval.End, $"{ZonedText(interval.End, zone)} {zone.Id}"));

    public static string Length(TimeSpan span) => span switch
    {
        { Ticks: < 0 } => "0 s",
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalMinutes: < 1 } => $"{(int)span.TotalSeconds} s",
        { TotalHours: < 1 } => Two(span.Minutes, "min", span.Seconds, "s"),
        { TotalDays: < 1 } => Two(span.Hours, "h", span.Minutes, "min"),
        _ => Two((int)span.TotalDays, "d", span.Hours, "h"),
    };

    public static string Length(DateTimeOffset? from, DateTimeOffset? to, DateTimeOffset now) => from is { } start ? Length((to ?? now) - start) : "";

    private static string Two(int count, string unit, int rest, string smaller) => rest == 0 ? $"{count} {unit}" : $"{count} {unit} {rest} {smaller}";

    /// <summary>How far away a due time is: "in 17 h 12 min", or that it is past.</summary>
    public static string Until(DateTimeOffset at, DateTimeOffset now) => at > now ? $"in {Length(at - now)}" : "due now";

    private static string Text(DateTimeOffset at, DateTimeZone zone, LocalDateTimePattern pattern)
    {
        var zoned = Instant.FromDateTimeOffset(at).InZone(zone);
        var twice = zone.MapLocal(zoned.LocalDateTime).Count > 1 ? $" ({OffsetPattern.GeneralInvariant.Format(zoned.Offset)})" : "";
        return pattern.Format(zoned.LocalDateTime) + twice;
    }

    private static HtmlString Element(DateTimeOffset at, string text) =>
        new($"<time datetime=\"{Iso(at)}\" title=\"{UtcText(at)}\">{System.Net.WebUtility.HtmlEncode(text)}</time>");
}
