using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;

namespace Pipelines.Web.Views;

/// <summary>A small line of values, oldest first: what it says stands in words beside it.</summary>
internal sealed class Spark(IReadOnlyList<double> values, string? mark = null) : IHtmlContent
{
    private const int Width = 180;
    private const int Height = 24;

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var most = values.Append(0.001).Max();
        var points = values.Select((value, i) => string.Create(
            CultureInfo.InvariantCulture, $"{(double)i * Width / Math.Max(1, values.Count - 1):0.#},{Height - 2 - ((Height - 4) * value / most):0.#}"));
        writer.Write($"<svg class=\"spark {mark}\" viewBox=\"0 0 {Width} {Height}\" preserveAspectRatio=\"none\" height=\"{Height}\" width=\"100%\" aria-hidden=\"true\"><polyline points=\"{string.Join(' ', points)}\"/></svg>");
    }
}
