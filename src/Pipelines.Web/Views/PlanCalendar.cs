using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Web.Views;

/// <summary>What a backfill does on each day: a column a week, as SVG; a bar a month where there are many.</summary>
internal sealed class PlanCalendar(BackfillPreview preview) : IHtmlContent
{
    /// <summary>More dates are shown by months.</summary>
    public const int MostDates = 400;

    private const int Width = 420;
    private const int Row = 18;
    private const int Head = 18;

    public static string Word(BackfillAction action) => action switch { BackfillAction.Create => "created", BackfillAction.Again => "run again", _ => "left alone" };

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var plan = preview.Plan;
        var label = encoder.Encode(string.Create(CultureInfo.InvariantCulture, $"{plan.Create} dates created, {plan.Again} run again, {plan.Leave} left alone"));
        if (plan.Dates.Count > MostDates)
            WriteMonths(writer, label);
        else
            WriteDays(writer, encoder, label);
        writer.Write("<p class=\"keys\"><span><i class=\"day create\"></i>create</span><span><i class=\"day again\"></i>run again</span><span><i class=\"day leave\"></i>leave</span></p>\n");
    }

    private void WriteDays(TextWriter writer, HtmlEncoder encoder, string label)
    {
        var days = preview.Plan.Dates.GroupBy(date => date.Tick.IntervalStart.InZone(preview.Zone).Date).ToList();
        var first = Monday(days[0].Key);
        var weeks = (Period.DaysBetween(first, days[^1].Key) / 7) + 1;
        var pitch = Math.Clamp(Width / weeks, 5, 35);
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<svg class=\"cal\" width=\"{weeks * pitch}\" height=\"{Head + (7 * Row)}\" role=\"img\" aria-label=\"{label}\">"));
        var month = 0;
        var free = 0;
        foreach (var day in days)
        {
            var at = Period.DaysBetween(first, day.Key);
            var x = at / 7 * pitch;
            if (day.Key.Month != month)
            {
                month = day.Key.Month;
                if (x >= free)
                {
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"11\">{day.Key:MMM}</text>"));
                    free = x + 26;
                }
            }

            var action = day.Min(date => date.Action);
            var why = day.Count() == 1 ? $"{Word(action)}, because {day.First().Why}" : string.Join(", ", day.GroupBy(date => date.Action).Select(group => $"{group.Count()} {Word(group.Key)}"));
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $"<rect class=\"day {Class(action)}\" x=\"{x + 1}\" y=\"{Head + (at % 7 * Row) + 1}\" width=\"{pitch - 2}\" height=\"{Row - 2}\" rx=\"{(pitch > 10 ? 3 : 1)}\"><title>{day.Key:uuuu-MM-dd}: {encoder.Encode(why)}</title></rect>"));
        }

        writer.Write("</svg>\n");
    }

    private void WriteMonths(TextWriter writer, string label)
    {
        var months = preview.Plan.Months(preview.Zone).ToList();
        var most = months.Max(month => month.Create + month.Again + month.Leave);
        var pitch = Math.Clamp(Width / months.Count, 3, 35);
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<svg class=\"cal\" width=\"{months.Count * pitch}\" height=\"{Head + 100}\" role=\"img\" aria-label=\"{label}\">"));
        for (var i = 0; i < months.Count; i++)
        {
            var month = months[i];
            if (i == 0 || month.Month.Month == 1)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"<text x=\"{i * pitch}\" y=\"11\">{month.Month.Year}</text>"));
            var y = (double)(Head + 100);
            foreach (var (name, count) in new[] { ("leave", month.Leave), ("again", month.Again), ("create", month.Create) })
            {
                var height = 100.0 * count / most;
                y -= height;
                if (count > 0)
                    writer.Write(string.Create(CultureInfo.InvariantCulture,
                        $"<rect class=\"day {name}\" x=\"{(i * pitch) + 0.5}\" y=\"{y:0.#}\" width=\"{pitch - 1}\" height=\"{height:0.#}\"><title>{month.Month:uuuu-MM}: {month.Create} created, {month.Again} run again, {month.Leave} left alone</title></rect>"));
            }
        }

        writer.Write("</svg>\n");
    }

    private static string Class(BackfillAction action) => action switch { BackfillAction.Create => "create", BackfillAction.Again => "again", _ => "leave" };

    private static LocalDate Monday(LocalDate day) => day.PlusDays(1 - (int)day.DayOfWeek);
}
