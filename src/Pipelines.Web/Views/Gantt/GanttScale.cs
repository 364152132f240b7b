using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;

namespace Pipelines.Web.Views.Gantt;

/// <summary>The axis above the bars: ticks in the reader's zone, and a mark where time is cut.</summary>
internal sealed class GanttScale(GanttAxis axis, DateTimeZone zone) : IHtmlContent
{
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write($"<svg width=\"100%\" height=\"24\" role=\"img\" aria-label=\"Time, {encoder.Encode(zone.Id)}\">");
        foreach (var (x, label) in axis.Ticks(zone))
            writer.Write($"<line x1=\"{Percent(x)}\" x2=\"{Percent(x)}\" y1=\"6\" y2=\"24\"/><text x=\"{Percent(x)}\" dx=\"5\" y=\"16\">{encoder.Encode(label)}</text>");
        foreach (var (x, length) in axis.Cuts)
        {
            writer.Write($"<svg x=\"{Percent(x + (GanttAxis.CutPercent / 2))}\" overflow=\"visible\"><path class=\"break\" d=\"M-4 24 0 15-4 13 0 4M0 24 4 15 0 13 4 4\">");
            writer.Write($"<title>{Times.Length(length)} left out: nothing ran</title></path></svg>");
        }

        writer.Write("</svg>");
    }

    private static string Percent(double value) => value.ToString("0.###", CultureInfo.InvariantCulture) + "%";
}
