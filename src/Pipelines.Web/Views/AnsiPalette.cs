namespace Pipelines.Web.Views;

/// <summary>The colours of terminals, reduced to the few that are readable on both of the console's grounds.</summary>
internal static class AnsiPalette
{
    private static readonly string[] Basics = ["a-d", "a-r", "a-g", "a-y", "a-c", "a-m", "a-c", "", "a-d", "a-r", "a-g", "a-y", "a-c", "a-m", "a-c", ""];

    /// <summary>One of the sixteen.</summary>
    public static string Basic(int number) => Basics[number];

    /// <summary>What follows 38 or 48: 5 and a number of 256, or 2 and red, green, blue. Also how many codes that is.</summary>
    public static (string Colour, int Used) Extended(ReadOnlySpan<int> codes) => codes switch
    {
        [5, var number, ..] => (Of256(number), 2),
        [2, var red, var green, var blue, ..] => (Nearest(red, green, blue), 4),
        _ => ("", codes.Length),
    };

    private static string Of256(int number) => number switch
    {
        < 16 => Basic(Math.Max(0, number)),
        < 232 => Nearest(Level((number - 16) / 36), Level((number - 16) / 6 % 6), Level((number - 16) % 6)),
        _ => Nearest(8 + ((number - 232) * 10), 8 + ((number - 232) * 10), 8 + ((number - 232) * 10)),
    };

    private static int Level(int step) => step == 0 ? 0 : 55 + (step * 40);

    /// <summary>By hue; what has none is dim, or so bright that it is the text's own.</summary>
    private static string Nearest(int red, int green, int blue)
    {
        var (most, least) = (Math.Max(red, Math.Max(green, blue)), Math.Min(red, Math.Min(green, blue)));
        var range = most - least;
        if (range < 40)
            return most > 180 ? "" : "a-d";
        var hue = most == red ? 60.0 * (green - blue) / range : most == green ? 120 + (60.0 * (blue - red) / range) : 240 + (60.0 * (red - green) / range);
        return ((hue + 360) % 360) switch { < 20 or >= 330 => "a-r", < 75 => "a-y", < 165 => "a-g", < 260 => "a-c", _ => "a-m" };
    }
}
