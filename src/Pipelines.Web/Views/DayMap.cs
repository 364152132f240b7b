using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>How a calendar's days are coloured.</summary>
internal enum DayShade
{
    State,
    Duration,
    Wait,
}

/// <summary>A year as weeks by weekdays. A failed day is a failed day however it is shaded; a day that should have had a run and has none is empty.</summary>
/// <param name="days">The days that have runs.</param>
/// <param name="first">The first day.</param>
/// <param name="last">The last day, included.</param>
/// <param name="due">Whether the schedule names a run for a day.</param>
/// <param name="shade">What the colour says.</param>
/// <param name="href">Where a day leads.</param>
internal sealed class DayMap(IReadOnlyDictionary<DateOnly, CalendarDay> days, DateOnly first, DateOnly last, Func<DateOnly, bool> due, DayShade shade, Func<CalendarDay, string> href) : IHtmlContent
{
    private const int Pitch = 21;
    private const int Left = 40;
    private const int Top = 18;
    private const int Shades = 4;

    private static readonly string[] Weekdays = ["Mon", "", "Wed", "", "Fri", "", "Sun"];

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var monday = first.AddDays(-Weekday(first));
        var weeks = ((last.DayNumber - monday.DayNumber) / 7) + 1;
        writer.Write($"<svg class=\"days\" viewBox=\"0 0 {Left + (weeks * Pitch)} {Top + (7 * Pitch)}\" width=\"{Left + (weeks * Pitch)}\" role=\"group\" aria-label=\"Runs by day\">");
        for (var row = 0; row < 7; row++)
            writer.Write($"<text x=\"0\" y=\"{Top + (row * Pitch) + 13}\">{Weekdays[row]}</text>");
        var values = days.Values.Select(Value).OfType<double>().Order().ToArray();
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            var (x, y) = (Left + ((day.DayNumber - monday.DayNumber) / 7 * Pitch), Top + (Weekday(day) * Pitch));
            if (day.Day == 1 || (day == first && day.Day < 20))
                writer.Write($"<text x=\"{x}\" y=\"11\">{day.ToString("MMM", CultureInfo.InvariantCulture)}</text>");
            if (!days.TryGetValue(day, out var runs))
            {
                var missing = due(day);
                writer.Write($"<rect class=\"{(missing ? "missing" : "off")}\" x=\"{x + 0.5}\" y=\"{y + 0.5}\" width=\"17\" height=\"17\" rx=\"4\"><title>{day:yyyy-MM-dd}: {(missing ? "no run" : "nothing due")}</title></rect>");
                continue;
            }

            var words = Words(runs);
            writer.Write($"<a href=\"{encoder.Encode(href(runs))}\" aria-label=\"{encoder.Encode(words)}\"><title>{encoder.Encode(words)}</title>");
            writer.Write($"<rect class=\"{Class(runs, values)}\" x=\"{x}\" y=\"{y}\" width=\"18\" height=\"18\" rx=\"4\"/>");
            if (runs.Failed > 0)
                writer.Write($"<path class=\"x\" d=\"M{x + 5.5} {y + 5.5}l7 7M{x + 12.5} {y + 5.5}l-7 7\"/>");
            writer.Write("</a>");
        }

        writer.Write("</svg>");
    }

    private static int Weekday(DateOnly day) => ((int)day.DayOfWeek + 6) % 7;

    private double? Value(CalendarDay day) => shade switch { DayShade.Duration => day.Seconds, DayShade.Wait => day.Wait, _ => null };

    private string Class(CalendarDay day, double[] values)
    {
        if (day.Failed > 0)
            return "d f";
        if (day.Open > 0)
            return "d r";
        if (shade == DayShade.State || Value(day) is not { } value)
            return day.Succeeded > 0 ? "d s" : "d c";
        var below = Array.BinarySearch(values, value) is >= 0 and var at ? at : ~Array.BinarySearch(values, value);
        return $"d s{Math.Min(Shades - 1, below * Shades / Math.Max(1, values.Length))}";
    }

    private static string Words(CalendarDay day) => string.Create(
        CultureInfo.InvariantCulture, $"{day.Day:yyyy-MM-dd}: {day.Runs} {(day.Runs == 1 ? "run" : "runs")}, {(day.Failed > 0 ? $"{day.Failed} failed" : day.Open > 0 ? $"{day.Open} open" : $"{day.Succeeded} succeeded")}")
        + (day.Seconds is { } seconds ? $", {Times.Length(TimeSpan.FromSeconds(seconds))}" : "") + (day.Wait is { } wait ? $", waited {Times.Length(TimeSpan.FromSeconds(wait))}" : "");
}
