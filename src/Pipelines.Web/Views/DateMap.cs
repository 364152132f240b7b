using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The state of every date of a backfill: a mark a day, a column a week; a row a month where there are many.</summary>
internal sealed class DateMap(IReadOnlyList<BackfillDate> dates, DateTimeZone zone) : IHtmlContent
{
    private const int MostDays = 200;

    /// <summary>The state that a day or a month shows is the first of these that it has.</summary>
    private const string Loudest = "frcqs";

    private readonly List<(LocalDate Day, char State, int Count)> _days =
    [
        .. dates.GroupBy(date => Times.Local(date.IntervalStart, zone).Date)
            .Select(day => (day.Key, day.MinBy(date => Loudest.IndexOf(date.State, StringComparison.Ordinal))!.State, day.Count())),
    ];

    /// <summary>In words, below the map.</summary>
    public string Caption => _days.Count == 0 ? "No run is made yet."
        : string.Create(CultureInfo.InvariantCulture, $"{_days[0].Day:uuuu-MM-dd} to {_days[^1].Day:uuuu-MM-dd}, ") + (_days.Count > MostDays ? "a row a month." : "a column a week. Empty: left alone, or to come.");

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        if (_days.Count > MostDays)
            WriteMonths(writer);
        else if (_days.Count > 0)
            WriteDays(writer);
    }

    private void WriteDays(TextWriter writer)
    {
        var first = _days[0].Day.PlusDays(1 - (int)_days[0].Day.DayOfWeek);
        var known = _days.ToDictionary(day => day.Day);
        var words = string.Join(", ", dates.GroupBy(date => date.State).Select(state => string.Create(CultureInfo.InvariantCulture, $"{state.Count()} {RunState.Word(state.Key)}")));
        writer.Write($"<div class=\"days\" role=\"img\" aria-label=\"{words}\">");
        for (var day = first; day <= _days[^1].Day; day = day.PlusDays(1))
        {
            if (known.TryGetValue(day, out var one))
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"<i class=\"mark {Marks.Class(one.State)}\" title=\"{day:uuuu-MM-dd}: {RunState.Word(one.State)}{(one.Count > 1 ? $", {one.Count} runs" : "")}\"></i>"));
            else
                writer.Write("<i></i>");
        }

        writer.Write("</div>\n");
    }

    private void WriteMonths(TextWriter writer)
    {
        writer.Write("<table class=\"t tight\"><thead><tr><th scope=\"col\">Month</th><th scope=\"col\" class=\"r\">Done</th><th scope=\"col\" class=\"r\">Failed</th><th scope=\"col\" class=\"r\">Open</th></tr></thead><tbody>");
        foreach (var month in dates.GroupBy(date => Times.Local(date.IntervalStart, zone).Date.ToYearMonth()))
        {
            int Count(string states) => month.Count(date => states.Contains(date.State, StringComparison.Ordinal));
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $"<tr><td class=\"num\">{month.Key:uuuu-MM}</td><td class=\"r num\">{Count("s")}</td><td class=\"r num\">{Count("fc")}</td><td class=\"r num\">{Count("qr")}</td></tr>"));
        }

        writer.Write("</tbody></table>\n");
    }
}
