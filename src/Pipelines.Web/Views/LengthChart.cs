using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>How long runs took: a line, the range of the usual ones, failures below it, and a mark where the version changed.</summary>
internal sealed class LengthChart(IReadOnlyList<RunLength> runs, DateTimeZone zone) : IHtmlContent
{
    private const int Width = 1080;
    private const int Height = 190;
    private const int Left = 80;
    private const int Foot = 22;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var good = runs.Where(run => run.State == 's').Select(run => run.Seconds).OfType<double>().Order().ToArray();
        if (good.Length == 0)
        {
            writer.Write("<p class=\"dim\">No run has succeeded yet.</p>");
            return;
        }

        var most = good[^1] * 1.1;
        var (low, high) = (good[(int)(0.1 * (good.Length - 1))], good[(int)(0.9 * (good.Length - 1))]);
        writer.Write($"<svg class=\"lengths\" viewBox=\"0 0 {Width} {Height}\" width=\"100%\" role=\"img\" aria-label=\"{runs.Count} runs; usual {Span(low)} to {Span(high)}, longest {Span(good[^1])}\">");
        for (var part = 0; part <= 3; part++)
        {
            var y = Y(most * part / 3, most);
            writer.Write($"<path class=\"rule\" d=\"M{Left} {y}H{Width}\"/><text x=\"0\" y=\"{Px(double.Parse(y, CultureInfo.InvariantCulture) + 4)}\">{Span(most * part / 3)}</text>");
        }

        writer.Write($"<rect class=\"band\" x=\"{Left}\" width=\"{Width - Left}\" y=\"{Y(high, most)}\" height=\"{Px(Math.Max(2, (high - low) / most * (Height - Foot - 8)))}\"/>");
        var points = runs.Select((run, i) => (run, i)).Where(one => one.run is { State: 's', Seconds: not null }).Select(one => $"{X(one.i)},{Y(one.run.Seconds!.Value, most)}");
        writer.Write($"<polyline points=\"{string.Join(' ', points)}\"/>");
        for (var i = 0; i < runs.Count; i++)
        {
            if (runs[i].State == 'f')
                writer.Write($"<rect class=\"bar f\" x=\"{Px(double.Parse(X(i), CultureInfo.InvariantCulture) - 3)}\" y=\"{Height - Foot - 14}\" width=\"6\" height=\"6\" rx=\"1\"><title>run {runs[i].RunId} failed</title></rect>");
            if (i > 0 && runs[i].VersionId != runs[i - 1].VersionId)
                writer.Write($"<path class=\"deploy\" d=\"M{X(i)} 4V{Height - Foot}\"><title>version {runs[i].VersionId}</title></path>");
        }

        for (var part = 0; part < 6 && runs.Count > 1; part++)
        {
            var i = part * (runs.Count - 1) / 5;
            writer.Write($"<text x=\"{X(i)}\" y=\"{Height - 4}\" text-anchor=\"{(part == 0 ? "start" : part == 5 ? "end" : "middle")}\">{Times.Local(runs[i].ScheduledFor, zone).ToString("d MMM", CultureInfo.InvariantCulture)}</text>");
        }

        writer.Write("</svg>");
    }

    private static string Span(double seconds) => Times.Length(TimeSpan.FromSeconds(seconds));

    private static string Px(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Y(double seconds, double most) => Px(4 + ((Height - Foot - 8) * (1 - (seconds / most))));

    private string X(int i) => Px(Left + 6 + ((double)i * (Width - Left - 12) / Math.Max(1, runs.Count - 1)));
}
