using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>A day of ticks: above how many fall into each quarter of an hour, below a lane a DAG.</summary>
internal sealed class LaneChart(IReadOnlyList<(DagLine Dag, IReadOnlyList<Instant> Ticks)> lanes, IReadOnlyList<int> quarters, DateTimeOffset from, DateTimeZone zone) : IHtmlContent
{
    private const int Left = 210;
    private const int Hour = 38;
    private const int Top = 66;
    private const int Row = 22;
    private const int Crowd = 10;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var (hours, start) = (quarters.Count / 4, Instant.FromDateTimeOffset(from));
        var height = Top + (lanes.Count * Row) + 4;
        writer.Write($"<svg class=\"lanes\" viewBox=\"0 0 {Left + (hours * Hour) + 24} {height}\" width=\"{Left + (hours * Hour) + 24}\" role=\"group\" aria-label=\"Ticks by DAG\">");
        for (var hour = 0; hour <= hours; hour++)
        {
            var x = Left + (hour * Hour);
            writer.Write($"<path class=\"rule\" d=\"M{x} 46V{height}\"/>");
            if (hour % 2 == 0)
                writer.Write($"<text x=\"{x}\" y=\"58\" text-anchor=\"middle\">{Times.Local(from.AddHours(hour), zone).ToString("HH:mm", CultureInfo.InvariantCulture)}</text>");
        }

        var most = quarters.Append(Crowd).Max();
        for (var i = 0; i < quarters.Count; i++)
        {
            if (quarters[i] == 0)
                continue;
            var tall = Math.Max(3, 40.0 * quarters[i] / most);
            var at = Times.Local(from.AddMinutes(i * 15), zone).ToString("HH:mm", CultureInfo.InvariantCulture);
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"<rect class=\"bar {(quarters[i] > Crowd ? 'y' : 'n')}\" x=\"{Left + (i * Hour / 4.0):0.#}\" y=\"{44 - tall:0.#}\" width=\"7\" height=\"{tall:0.#}\" rx=\"1\"><title>{at}: {quarters[i]} runs in 15 min</title></rect>"));
        }

        for (var lane = 0; lane < lanes.Count; lane++)
        {
            var (dag, ticks) = lanes[lane];
            var y = Top + (lane * Row);
            var id = dag.Spec.Id;
            writer.Write($"<a href=\"{encoder.Encode(Links.Dag(id))}\"><title>{encoder.Encode(id)}: {ticks.Count} {(ticks.Count == 1 ? "run" : "runs")}{(dag.Paused ? ", paused" : "")}</title>");
            writer.Write($"<text class=\"id\" x=\"0\" y=\"{y + 13}\">{encoder.Encode(id.Length > 30 ? id[..29] + "…" : id)}</text>");
            foreach (var at in ticks)
            {
                writer.Write(string.Create(
                    CultureInfo.InvariantCulture, $"<rect class=\"{(dag.Paused ? "idle" : "bar n")}\" x=\"{Left + ((at - start).TotalHours * Hour):0.#}\" y=\"{y + 3}\" width=\"4\" height=\"12\" rx=\"1.5\"/>"));
            }

            writer.Write("</a>");
        }

        writer.Write("</svg>");
    }
}
