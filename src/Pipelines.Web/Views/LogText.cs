using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Html;
using Pipelines.Engine.Ports;
using Pipelines.Web.Hosting;

namespace Pipelines.Web.Views;

/// <summary>Lines of a log as rows. Text is hostile: all of it is encoded, colours of ANSI become classes, other escapes are dropped.</summary>
internal static class LogText
{
    /// <summary>A longer line is cut on the page; the raw log has it whole.</summary>
    private const int LongestLine = 4000;

    private const char Escape = '\u001b';

    public static IHtmlContent Rows(IEnumerable<LogLine> lines)
    {
        var html = new StringBuilder();
        foreach (var line in lines)
        {
            var number = line.Number.ToString(CultureInfo.InvariantCulture);
            var clock = line.At.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"ln {Class(line.Level)}\" id=\"L{number}\"><a href=\"#L{number}\">{line.Number:N0}</a>")
                .Append($"<time datetime=\"{Times.Iso(line.At)}\">{clock}</time><b>{Word(line.Level)}</b><span>");
            Append(html, line.Text);
            html.Append("</span></div>\n");
        }

        return new HtmlString(html.ToString());
    }

    public static string Word(char level) => level switch
    {
        'T' => "TRACE", 'D' => "DEBUG", 'W' => "WARN", 'E' => "FAIL", 'C' => "CRIT", _ => "INFO",
    };

    /// <summary>The text without escape sequences, for places that have no colours.</summary>
    public static string Plain(string text)
    {
        if (!text.Contains(Escape, StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == Escape)
                at = AfterEscape(text, at, out _);
            else
                plain.Append(text[at++]);
        }

        return plain.ToString();
    }

    public static string Class(char level) => level switch { 'E' or 'C' => "e", 'W' => "w", 'T' or 'D' => "d", _ => "i" };

    private static void Append(StringBuilder html, string text)
    {
        var colour = "";
        var bold = false;
        var shown = text.Length > LongestLine ? text[..LongestLine] : text;
        for (var at = 0; at < shown.Length;)
        {
            if (shown[at] == Escape)
            {
                at = AfterEscape(shown, at, out var codes);
                foreach (var code in codes)
                    (colour, bold) = Apply(code, colour, bold);
                continue;
            }

            var end = shown.IndexOf(Escape, at);
            end = end < 0 ? shown.Length : end;
            var part = PageEncoder.Instance.Encode(shown[at..end]);
            html.Append(colour.Length == 0 && !bold ? part : $"<i class=\"{colour}{(bold ? " a-b" : "")}\">{part}</i>");
            at = end;
        }

        if (text.Length > LongestLine)
            html.Append(CultureInfo.InvariantCulture, $"<em> {text.Length - LongestLine:N0} more characters, see the raw log</em>");
    }

    /// <summary>The index after the escape sequence at <paramref name="at"/>, and the codes if it sets colours.</summary>
    private static int AfterEscape(string text, int at, out int[] codes)
    {
        codes = [];
        if (at + 1 >= text.Length)
            return text.Length;
        if (text[at + 1] == ']')
        {
            // Operating system command, such as a link: it ends with BEL or ESC \.
            for (var i = at + 2; i < text.Length; i++)
            {
                if (text[i] == '\a')
                    return i + 1;
                if (text[i] == Escape)
                    return Math.Min(text.Length, i + 2);
            }

            return text.Length;
        }

        if (text[at + 1] != '[')
            return at + 2;
        var end = at + 2;
        while (end < text.Length && text[end] is < '@' or > '~')
            end++;
        if (end < text.Length && text[end] == 'm')
            codes = [.. text[(at + 2)..end].Split(';').Select(code => int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)];
        return Math.Min(text.Length, end + 1);
    }

    private static (string Colour, bool Bold) Apply(int code, string colour, bool bold) => code switch
    {
        0 => ("", false),
        1 => (colour, true),
        22 => (colour, false),
        39 => ("", bold),
        31 or 91 => ("a-r", bold),
        32 or 92 => ("a-g", bold),
        33 or 93 => ("a-y", bold),
        34 or 36 or 94 or 96 => ("a-c", bold),
        35 or 95 => ("a-m", bold),
        30 or 90 => ("a-d", bold),
        37 or 97 => ("", bold),
        _ => (colour, bold),
    };
}
