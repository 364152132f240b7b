using System.Globalization;

namespace Pipelines.Web.Views;

/// <summary>How a piece of a line looks: what is left of the escapes before it.</summary>
/// <param name="Colour">A class of the console's few colours; empty: the text's own.</param>
/// <param name="Link">An address that may be followed; null: none.</param>
internal readonly record struct AnsiStyle(string Colour, bool Bold, bool Dim, bool Underline, string? Link)
{
    public static readonly AnsiStyle None = new("", false, false, false, null);

    public string Class => string.Join(' ', new[] { Colour, Bold ? "a-b" : "", Dim ? "a-f" : "", Underline ? "a-u" : "" }.Where(name => name.Length > 0));
}

/// <summary>
/// Escape sequences of terminals. Colours, bold, dim, underline and links to the web are kept; all others are dropped. A string
/// sequence that never ends hides nothing: only its first two characters are dropped.
/// </summary>
internal static class AnsiText
{
    public const char Escape = '\u001b';

    /// <summary>More changes in one line are a program's mistake, or an attack on the page: what follows keeps the last style.</summary>
    private const int MostChanges = 200;

    private const int LongestLink = 2000;

    /// <summary>The text without escape sequences, and its pieces with their styles; pieces have the lengths that add up to the text's.</summary>
    public static (string Text, IReadOnlyList<(int Length, AnsiStyle Style)> Pieces) Parse(string line)
    {
        if (!line.Contains(Escape, StringComparison.Ordinal))
            return (line, [(line.Length, AnsiStyle.None)]);
        var text = new char[line.Length];
        var pieces = new List<(int, AnsiStyle)>();
        var (style, length, begun) = (AnsiStyle.None, 0, 0);
        for (var at = 0; at < line.Length;)
        {
            if (line[at] == Escape)
            {
                var end = After(line, at);
                var next = pieces.Count < MostChanges ? Apply(style, line.AsSpan(at, end - at)) : style;
                if (next != style && length > begun)
                {
                    pieces.Add((length - begun, style));
                    begun = length;
                }

                (style, at) = (next, end);
                continue;
            }

            var stop = line.IndexOf(Escape, at);
            stop = stop < 0 ? line.Length : stop;
            line.CopyTo(at, text, length, stop - at);
            length += stop - at;
            at = stop;
        }

        pieces.Add((length - begun, style));
        return (new string(text, 0, length), pieces);
    }

    /// <summary>The text without escape sequences, in place; no sequence goes past the end of its line. Returns the new length.</summary>
    public static int Strip(Span<char> text)
    {
        var to = text.IndexOf(Escape);
        if (to < 0)
            return text.Length;
        for (var at = to; at < text.Length;)
        {
            if (text[at] == Escape)
            {
                var line = text[at..].IndexOf('\n');
                at += After(line < 0 ? text[at..] : text.Slice(at, line), 0);
                continue;
            }

            var length = text[at..].IndexOf(Escape);
            length = length < 0 ? text.Length - at : length;
            text.Slice(at, length).CopyTo(text[to..]);
            to += length;
            at += length;
        }

        return to;
    }

    /// <summary>The index after the escape sequence at <paramref name="at"/>.</summary>
    public static int After(ReadOnlySpan<char> text, int at)
    {
        var i = at + 1;
        if (i >= text.Length)
            return text.Length;
        switch (text[i])
        {
            case '[':
                for (i++; i < text.Length && text[i] is >= ' ' and < '@'; i++)
                {
                }

                return i < text.Length && text[i] is >= '@' and <= '~' ? i + 1 : i;
            case ']' or 'P' or 'X' or '^' or '_':
                var rest = text[(i + 1)..];
                var end = rest.IndexOfAny('\a', Escape);
                return end < 0 || (rest[end] == Escape && (end + 1 >= rest.Length || rest[end + 1] != '\\')) ? i + 1
                    : i + 1 + end + (rest[end] == Escape ? 2 : 1);
            case >= ' ' and < '0':
                while (i < text.Length && text[i] is >= ' ' and < '0')
                    i++;
                return Math.Min(text.Length, i + 1);
            case >= '0' and <= '~':
                return i + 1;
            default:
                return i;
        }
    }

    private static AnsiStyle Apply(AnsiStyle style, ReadOnlySpan<char> sequence)
    {
        if (sequence.StartsWith("\u001b[", StringComparison.Ordinal) && sequence[^1] == 'm')
            return Colours(style, sequence[2..^1].ToString().Replace(':', ';').Split(';'));
        if (!sequence.StartsWith("\u001b]8;", StringComparison.Ordinal))
            return style;
        var body = sequence[4..(sequence[^1] == '\\' ? ^2 : ^1)];
        var address = body[(body.IndexOf(';') + 1)..].Trim().ToString();
        return style with { Link = IsWeb(address) ? address : null };
    }

    private static bool IsWeb(string address) => address.Length < LongestLink
        && Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    private static AnsiStyle Colours(AnsiStyle style, string[] parts)
    {
        var codes = Array.ConvertAll(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0);
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] is 38 or 48)
            {
                var (colour, used) = AnsiPalette.Extended(codes.AsSpan(i + 1));
                if (codes[i] == 38)
                    style = style with { Colour = colour };
                i += used;
            }
            else
            {
                style = Apply(style, codes[i]);
            }
        }

        return style;
    }

    private static AnsiStyle Apply(AnsiStyle style, int code) => code switch
    {
        0 => AnsiStyle.None with { Link = style.Link },
        1 => style with { Bold = true },
        2 => style with { Dim = true },
        4 => style with { Underline = true },
        22 => style with { Bold = false, Dim = false },
        24 => style with { Underline = false },
        39 => style with { Colour = "" },
        >= 30 and <= 37 => style with { Colour = AnsiPalette.Basic(code - 30) },
        >= 90 and <= 97 => style with { Colour = AnsiPalette.Basic(code - 90 + 8) },
        _ => style,
    };
}
