using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Hosting;

namespace Pipelines.Web.Views;

/// <summary>Lines of several attempts as rows, each with a link to it in its own log. Text is hostile: all of it is encoded.</summary>
internal static class RunLogText
{
    private const int LongestLine = 1000;

    public static IHtmlContent Rows(long runId, IEnumerable<RunLogLine> lines, DateTimeZone zone)
    {
        var html = new StringBuilder();
        foreach (var (task, map, attempt, line) in lines)
        {
            var clock = Times.Local(line.At, zone).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            var from = Math.Max(1, line.Number - 15);
            var href = PageEncoder.Instance.Encode($"{Links.Log(runId, task, map, attempt, from)}#L{line.Number.ToString(CultureInfo.InvariantCulture)}");
            var text = LogText.Plain(line.Text);
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"ln {LogText.Class(line.Level)}\"><time datetime=\"{Times.Iso(line.At)}\">{clock}</time>")
                .Append(CultureInfo.InvariantCulture, $"<a href=\"{href}\" title=\"attempt {attempt}, line {line.Number:N0}\">{PageEncoder.Instance.Encode(task)}{(map < 0 ? "" : $"[{map}]")}</a>")
                .Append($"<b>{LogText.Word(line.Level)}</b><span>{PageEncoder.Instance.Encode(text.Length > LongestLine ? text[..LongestLine] + " …" : text)}</span></div>\n");
        }

        return new HtmlString(html.ToString());
    }
}
