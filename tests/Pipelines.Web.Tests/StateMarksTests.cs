using System.Globalization;
using System.Xml.Linq;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

public sealed class StateMarksTests
{
    [Fact]
    public void Every_state_has_a_mark_of_its_own()
    {
        var states = "nqrywasfkucx";
        Assert.All(states, state => Assert.NotEqual("unknown", TaskState.Word(state)));
        Assert.Equal(states.Order(), StateMarks.All.Select(mark => mark.State).Order());
        Assert.Equal(StateMarks.All.Count, StateMarks.All.Select(mark => (mark.Filled, mark.Glyph)).Distinct().Count());
        foreach (var mark in StateMarks.All)
        {
            Assert.Equal("svg", XElement.Parse(mark.Svg(dark: false)).Name.LocalName);
            Assert.Equal("svg", XElement.Parse(mark.Svg(dark: true)).Name.LocalName);
            Assert.Contains($".mark.{mark.State},", StateMarks.Css, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_filled_mark_is_told_from_its_glyph_in_both_themes() => Assert.All(
        StateMarks.All.Where(mark => mark.Filled),
        mark =>
        {
            Assert.InRange(Contrast(mark.Light, mark.Ink.Light), 3, 21);
            Assert.InRange(Contrast(mark.Dark, mark.Ink.Dark), 3, 21);
        });

    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    /// <summary>Relative luminance as WCAG defines it.</summary>
    private static double Luminance(string colour)
    {
        var hex = colour.Length == 4 ? string.Concat(colour[1..].Select(c => new string(c, 2))) : colour[1..];
        double Channel(int at)
        {
            var c = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Channel(0)) + (0.7152 * Channel(2)) + (0.0722 * Channel(4));
    }
}
