using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace Pipelines.Web.Views.Gantt;

/// <summary>A row's bars as SVG, in percent of its width. Text beside the last bar goes to its left where there is no room on the right.</summary>
internal sealed class GanttTrack(GanttRow row, GanttAxis axis) : IHtmlContent
{
    /// <summary>Narrower than this, in percent, a bar is drawn 3 pixels wide.</summary>
    private const double Thin = 0.35;

    private const double RoomForNumber = 1.6;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write("<svg width=\"100%\" height=\"26\" aria-hidden=\"true\">");
        foreach (var (x, length) in axis.Cuts)
            writer.Write($"<rect class=\"cut\" x=\"{Percent(x)}\" width=\"{Percent(GanttAxis.CutPercent)}\" height=\"26\" fill=\"url(#hatch)\"><title>{Times.Length(length)} left out: nothing ran</title></rect>");
        var numbered = row.Bars.Count(bar => bar.Kind == BarKind.Attempt) > 1;
        foreach (var bar in row.Bars.Where(bar => bar.To >= axis.From && bar.From <= axis.To))
            WriteBar(writer, encoder, bar, numbered);
        WriteText(writer, encoder);
        writer.Write("</svg>");
    }

    private static string Percent(double value) => value.ToString("0.###", CultureInfo.InvariantCulture) + "%";

    private void WriteBar(TextWriter writer, HtmlEncoder encoder, GanttBar bar, bool numbered)
    {
        var (x, end) = (axis.X(bar.From), axis.X(bar.To));
        var title = $"<title>{encoder.Encode(bar.Title)}</title>";
        if (bar.Kind is BarKind.RetryWait or BarKind.Waiting)
        {
            writer.Write($"<line class=\"wait {bar.State}\" x1=\"{Percent(x)}\" x2=\"{Percent(end)}\" y1=\"13\" y2=\"13\">{title}</line>");
            return;
        }

        var width = end - x < Thin ? "3" : Percent(end - x);
        var (y, height) = row.Group ? (10, 6) : bar.Kind == BarKind.Queued ? (9, 8) : (6, 14);
        var look = bar.Kind == BarKind.Queued ? "class=\"queued\" fill=\"url(#hatch)\"" : $"class=\"bar {(row.Group ? "g" : Marks.Class(bar.State))}{(row.Critical ? " crit" : "")}\"";
        writer.Write($"<rect {look} x=\"{Percent(x)}\" width=\"{width}\" y=\"{y}\" height=\"{height}\" rx=\"2.5\">{title}{Growth(bar, end - x)}</rect>");
        if (numbered && bar.Kind == BarKind.Attempt && end - x > RoomForNumber)
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<text class=\"n {Marks.Class(bar.State)}\" x=\"{Percent(x)}\" dx=\"5\" y=\"17\">{bar.Attempt}</text>"));
    }

    /// <summary>A bar that goes on grows to the right end by itself, at the pace of time.</summary>
    private string Growth(GanttBar bar, double width)
    {
        if (!bar.Live || bar.Kind == BarKind.Queued || axis.To <= bar.To || bar.To < axis.From)
            return "";
        var seconds = (axis.To - bar.To).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        return $"<animate attributeName=\"width\" from=\"{Percent(width)}\" to=\"{Percent(width + axis.X(axis.To) - axis.X(bar.To))}\" dur=\"{seconds}s\" fill=\"freeze\"/>";
    }

    private void WriteText(TextWriter writer, HtmlEncoder encoder)
    {
        if (row.Text is not { } text)
            return;
        var at = row.Bars.Count > 0 ? row.Bars[^1].To : row.TextAt ?? axis.From;
        if (row.Bars.Count > 0 && (at < axis.From || row.Bars[0].From > axis.To))
            return;
        var (start, end) = (row.Bars.Count > 0 ? axis.X(row.Bars[0].From) : axis.X(at), axis.X(at));
        // A letter takes about half a percent on a usual screen; how wide this one is nobody knows here.
        var room = text.Length * 0.75;
        if (100 - end <= room && start <= room)
            return;
        var (x, shift, anchor) = 100 - end > room ? (end, 7, "start") : (start, -7, "end");
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<text class=\"t\" x=\"{Percent(x)}\" dx=\"{shift}\" y=\"17\" text-anchor=\"{anchor}\">{encoder.Encode(text)}</text>"));
    }
}
