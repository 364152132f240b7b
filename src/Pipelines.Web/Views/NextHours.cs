using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The runs of the next two hours, as dots over their times.</summary>
internal sealed class NextHours(IReadOnlyList<(DagLine Dag, Instant At)> ticks, DateTimeOffset now, DateTimeZone zone) : IHtmlContent
{
    private const int Width = 300;
    private const int Parts = 60;
    private const int Rows = 7;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var start = Instant.FromDateTimeOffset(now);
        var columns = ticks.GroupBy(tick => (int)((tick.At - start).TotalMinutes / 2)).OrderBy(column => column.Key).ToList();
        var words = ticks.Count == 0 ? "no run is due" : $"{ticks.Count} runs are due, most at once {columns.Max(column => column.Count())}";
        writer.Write($"<svg class=\"next\" viewBox=\"0 0 {Width + 20} 84\" width=\"100%\" role=\"img\" aria-label=\"{encoder.Encode(words)}\">");
        var most = columns.Select(column => column.Count()).Append(Rows).Max();
        foreach (var column in columns.Where(column => column.Key is >= 0 and < Parts))
        {
            var dags = string.Join(", ", column.Select(tick => tick.Dag.Spec.Id).Distinct().Take(8));
            var at = Times.Local(column.First().At.ToDateTimeOffset(), zone);
            var x = 10 + (column.Key * Width / Parts);
            writer.Write($"<g><title>{at.ToString("HH:mm", CultureInfo.InvariantCulture)}, {column.Count()}: {encoder.Encode(dags)}</title>");
            var height = Math.Max(5, 60.0 * column.Count() / most);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"bar {(column.Count() > Rows ? 'y' : 'n')}\" x=\"{x}\" y=\"{64 - height:0.#}\" width=\"4\" height=\"{height:0.#}\" rx=\"1.5\"/></g>"));
        }

        for (var quarter = 0; quarter <= 4; quarter++)
        {
            var at = Times.Local(now.AddMinutes(quarter * 30), zone);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<text x=\"{10 + (quarter * Width / 4)}\" y=\"80\" text-anchor=\"{(quarter == 0 ? "start" : quarter == 4 ? "end" : "middle")}\">{at.Hour:00}:{at.Minute:00}</text>"));
        }

        writer.Write("</svg>");
    }
}
