using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Hosting;

namespace Pipelines.Web.Views;

/// <summary>How rows are drawn.</summary>
/// <param name="Query">The page's state.</param>
/// <param name="Zone">The reader's.</param>
/// <param name="Started">When the attempt began, for elapsed times.</param>
/// <param name="Pattern">Its hits are marked; null: nothing is searched for.</param>
/// <param name="Marked">The lines that the address names.</param>
internal sealed record LogLook(LogQuery Query, DateTimeZone Zone, DateTimeOffset? Started, LogPattern? Pattern, LineRange? Marked);

/// <summary>Lines of a log as rows. Text is hostile: all of it is encoded, colours of terminals become classes, other escapes are dropped.</summary>
internal static class LogText
{
    /// <summary>A longer line is cut on the page; the raw log has it whole.</summary>
    public const int LongestLine = 4000;

    public static IHtmlContent Rows(IEnumerable<LogLine> lines, LogLook look)
    {
        var html = new StringBuilder();
        foreach (var line in lines)
        {
            var number = line.Number.ToString(CultureInfo.InvariantCulture);
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"ln {Class(line.Level)}{(look.Marked?.Holds(line.Number) == true ? " tgt" : "")}\" id=\"L{number}\"><a href=\"#L{number}\">{line.Number:N0}</a>")
                .Append(CultureInfo.InvariantCulture, $"<time datetime=\"{Times.Iso(line.At)}\">{Time(line.At, look)}</time><b>{Word(line.Level)}</b><span>");
            Append(html, line.Text.Length > LongestLine ? line.Text[..LongestLine] : line.Text, look.Pattern);
            if (line.Text.Length > LongestLine)
            {
                html.Append(CultureInfo.InvariantCulture, $"<em> <a class=\"link\" href=\"{PageEncoder.Instance.Encode($"{look.Query.Raw()}&L={number}")}\">")
                    .Append(CultureInfo.InvariantCulture, $"show whole line, {line.Text.Length - LongestLine:N0} more characters</a></em>");
            }

            html.Append("</span></div>\n");
        }

        return new HtmlString(html.ToString());
    }

    public static string Word(char level) => level switch
    {
        'T' => "TRACE", 'D' => "DEBUG", 'W' => "WARN", 'E' => "FAIL", 'C' => "CRIT", _ => "INFO",
    };

    /// <summary>The text without escape sequences, for places that have no colours.</summary>
    public static string Plain(string text) => AnsiText.Parse(text).Text;

    public static string Class(char level) => level switch { 'E' or 'C' => "e", 'W' => "w", 'T' or 'D' => "d", _ => "i" };

    private static string Time(DateTimeOffset at, LogLook look)
    {
        if (look.Query.Time == LogTime.Elapsed && look.Started is { } started)
        {
            var span = at - started;
            return string.Create(CultureInfo.InvariantCulture, $"{(span < TimeSpan.Zero ? '-' : '+')}{Math.Floor(Math.Abs(span.TotalHours)):0}:{span:mm\\:ss\\.fff}");
        }

        var offset = look.Query.Time == LogTime.Utc ? TimeSpan.Zero : look.Zone.GetUtcOffset(Instant.FromDateTimeOffset(at)).ToTimeSpan();
        return at.ToOffset(TimeSpan.Zero).UtcDateTime.Add(offset).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
    }

    private static void Append(StringBuilder html, string line, LogPattern? pattern)
    {
        var (text, pieces) = AnsiText.Parse(line);
        var marks = pattern?.Marks(text) ?? [];
        var (at, mark) = (0, 0);
        foreach (var (length, style) in pieces)
        {
            if (length == 0)
                continue;
            var end = at + length;
            var name = style.Class;
            if (style.Link is { } link)
                html.Append("<a rel=\"noopener noreferrer\" href=\"").Append(PageEncoder.Instance.Encode(link)).Append("\">");
            if (name.Length > 0)
                html.Append("<i class=\"").Append(name).Append("\">");
            while (at < end)
            {
                while (mark < marks.Count && marks[mark].Start + marks[mark].Length <= at)
                    mark++;
                var hit = mark < marks.Count && marks[mark].Start <= at;
                var stop = mark >= marks.Count ? end : Math.Min(end, hit ? marks[mark].Start + marks[mark].Length : marks[mark].Start);
                var part = PageEncoder.Instance.Encode(text[at..stop]);
                html.Append(hit ? $"<mark>{part}</mark>" : part);
                at = stop;
            }

            html.Append(name.Length > 0 ? "</i>" : "").Append(style.Link is null ? "" : "</a>");
        }
    }
}
