using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>
/// How a state is drawn. Filled: it ran; outline: it did not; a glyph each; colour is only the third cue. The colours keep
/// states apart for all types of colour vision, in both themes.
/// </summary>
/// <param name="State">The state's character, which is its CSS class as well.</param>
/// <param name="Filled">It ran.</param>
/// <param name="Glyph">SVG path in a box of 16 by 16.</param>
/// <param name="Light">The colour on light ground.</param>
/// <param name="Dark">The colour on dark ground.</param>
internal sealed record StateMark(char State, bool Filled, string Glyph, string Light, string Dark)
{
    /// <summary>What a filled mark's glyph is drawn with.</summary>
    public (string Light, string Dark) Ink { get; init; } = ("#fff", "#0c1014");

    public bool Solid { get; init; }

    public string? Dashes { get; init; }

    public string Word => TaskState.Word(State);

    public string Svg(bool dark)
    {
        var colour = dark ? Dark : Light;
        var ink = !Filled ? colour : dark ? Ink.Dark : Ink.Light;
        var box = Filled
            ? $"<rect width='16' height='16' rx='4.5' fill='{colour}'/>"
            : $"<rect x='.8' y='.8' width='14.4' height='14.4' rx='4' fill='none' stroke='{colour}' stroke-width='1.5' stroke-dasharray='{Dashes ?? "none"}'/>";
        var glyph = Solid
            ? $"<path d='{Glyph}' fill='{ink}'/>"
            : $"<path d='{Glyph}' fill='none' stroke='{ink}' stroke-width='1.9' stroke-linecap='round' stroke-linejoin='round'/>";
        return $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{box}{glyph}</svg>";
    }
}

/// <summary>All states as they are drawn, and the style sheet's part that draws them.</summary>
internal static class StateMarks
{
    public static readonly IReadOnlyList<StateMark> All =
    [
        new('s', true, "M4.3 8.4 7 11 11.8 5.4", "#cbe6de", "#173d35") { Ink = ("#1b6a57", "#7fd6c1") },
        new('f', true, "M5 5l6 6M11 5l-6 6", "#b91c1c", "#ff7461"),
        new('r', true, "M6.2 4.6 11.6 8 6.2 11.4z", "#1a4fc0", "#4c8df6") { Solid = true },
        new('y', true, "M11.6 9.2A3.8 3.8 0 1 1 11 5.6M11.5 3.6v2.3H9.2", "#bf7d00", "#ffcf57"),
        new('a', true, "M8 4v4.6M8 11.7v.1", "#dd55c0", "#ffa3ea"),
        new('n', false, "", "#aab2bb", "#4a5561") { Dashes = "2 2.4" },
        new('q', false, "M4.6 8v.1M8 8v.1M11.4 8v.1", "#5f6a76", "#95a0ad"),
        new('w', false, "M6.2 5.2v5.6M9.8 5.2v5.6", "#7452c8", "#b49cf5"),
        new('k', false, "M4.4 5l3 3-3 3M8.4 5l3 3-3 3", "#8a929c", "#77818d"),
        new('u', false, "M8 11.6V4.6M5 7.4l3-3 3 3", "#b91c1c", "#ff7461"),
        new('c', false, "M5 11 11 5", "#2b323a", "#c9d0d8"),
        new('x', false, "M5 8h6", "#aab2bb", "#4a5561"),
    ];

    public static readonly string Css = Make();

    private static string Make()
    {
        var css = new StringBuilder();
        css.Append(":root{").Append(Variables(dark: false)).Append("}\n");
        css.Append("@media (prefers-color-scheme:dark){:root:not([data-theme=light]){").Append(Variables(dark: true)).Append("}}\n");
        css.Append(":root[data-theme=dark]{").Append(Variables(dark: true)).Append("}\n");
        foreach (var mark in All)
            css.Append($".mark.{mark.State},table.grid td.{mark.State}{{background-image:var(--mark-{mark.State})}}\n");
        return css.ToString();
    }

    private static string Variables(bool dark) =>
        string.Concat(All.Select(mark => $"--mark-{mark.State}:url(\"data:image/svg+xml,{Uri.EscapeDataString(mark.Svg(dark))}\");"));
}
