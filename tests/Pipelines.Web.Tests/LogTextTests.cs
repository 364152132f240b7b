using System.Text;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

/// <summary>Colours, hits and comparisons, without a database.</summary>
public sealed class LogTextTests
{
    [Theory]
    [InlineData("\u001b[31mred\u001b[0m plain", "<i class=\"a-r\">red</i> plain")]
    [InlineData("\u001b[1;4;32mx\u001b[22my\u001b[24;39mz", "<i class=\"a-g a-b a-u\">x</i><i class=\"a-g a-u\">y</i>z")]
    [InlineData("\u001b[38;5;196mx\u001b[m", "<i class=\"a-r\">x</i>")]
    [InlineData("\u001b[38;5;46mx\u001b[m", "<i class=\"a-g\">x</i>")]
    [InlineData("\u001b[38;2;0;0;255mx\u001b[m", "<i class=\"a-c\">x</i>")]
    [InlineData("\u001b[38;2;255;0;255mx\u001b[m", "<i class=\"a-m\">x</i>")]
    [InlineData("\u001b[38;5;240mx\u001b[m", "<i class=\"a-d\">x</i>")]
    [InlineData("\u001b[48;5;196mx", "x")]
    [InlineData("\u001b[48;2;1;2;3;31mx", "<i class=\"a-r\">x</i>")]
    [InlineData("\u001b[2mx", "<i class=\"a-f\">x</i>")]
    [InlineData("\u001b[38", "")]
    [InlineData("\u001b", "")]
    [InlineData("a\u001b[999999999999mb", "ab")]
    public void Colours_become_classes(string line, string html) => Assert.Equal(html, Html(line, null));

    [Theory]
    [InlineData("say Needle, needle", "needle", "say <mark>Needle</mark>, <mark>needle</mark>")]
    [InlineData("nee\u001b[31mdle\u001b[0m", "needle", "<mark>nee</mark><i class=\"a-r\"><mark>dle</mark></i>")]
    [InlineData("a<b>c", "<b>", "a<mark>&lt;b&gt;</mark>c")]
    [InlineData("id 42, id 7", "/\\d+/", "id <mark>42</mark>, id <mark>7</mark>")]
    [InlineData("aaa", "/x*/", "aaa")]
    public void Hits_are_marked_across_colours(string line, string query, string html) => Assert.Equal(html, Html(line, LogPattern.Of(query, false, out _)));

    [Theory]
    [InlineData("needle", false, LogShow.All, new[] { 11, 13, 15 })]
    [InlineData("needle", true, LogShow.All, new[] { 11, 15 })]
    [InlineData("needle", false, LogShow.Warnings, new[] { 13, 15 })]
    [InlineData("needle", false, LogShow.Errors, new[] { 15 })]
    [InlineData("/^a .*e$/", false, LogShow.All, new[] { 11 })]
    [InlineData("170000", false, LogShow.All, new int[0])]
    [InlineData("I\ta", false, LogShow.All, new int[0])]
    [InlineData("INFO", false, LogShow.All, new int[0])]
    [InlineData("pid 48213", false, LogShow.All, new[] { 14 })]
    public void A_chunk_is_searched_as_people_see_it(string query, bool exact, LogShow show, int[] expected)
    {
        var block = Block(11, "I\ta needle", "I\tnothing", "W\tNEEDLE", "I\tpid \u001b[36m48213\u001b[0m", "E\tneedle \u001b]0;unended");
        var found = new List<int>();

        Assert.True(LogScan.Hits(block, LogPattern.Of(query, exact, out _)!, show, TimeProvider.System, found));

        Assert.Equal(expected, found);
    }

    [Fact]
    public void An_expression_that_never_ends_is_given_up()
    {
        var block = Block(1, "I\t" + new string('a', 40) + "!");

        Assert.False(LogScan.Hits(block, LogPattern.Of("/(a+)+$/", false, out _)!, LogShow.All, TimeProvider.System, []));
        Assert.Empty(LogPattern.Of("/(a+)+$/", false, out _)!.Marks(new string('a', 40) + "!"));
    }

    [Theory]
    [InlineData("/(/")]
    [InlineData("/[/")]
    public void An_expression_that_is_none_is_told(string query)
    {
        Assert.Null(LogPattern.Of(query, false, out var wrong));
        Assert.NotEmpty(wrong!);
    }

    [Fact]
    public void What_differs_is_shown_without_numbers_that_always_do()
    {
        var good = Lines("start 1", "rows 100", "id 1f3a9c00-aaaa-bbbb-cccc-000000000001", "done");
        var bad = Lines("start 2", "rows 7", "id 77777777-aaaa-bbbb-cccc-000000000002", "deadlock");

        var diff = LogDiffView.Compare(good, bad);

        Assert.Equal("   -+", string.Concat(diff.Select(line => line.Kind)));
        Assert.Equal(["done", "deadlock"], diff.Where(line => line.Kind != ' ').Select(line => line.Text));
        var folded = LogDiffView.Folded([.. Enumerable.Range(1, 50).Select(n => new DiffLine(n == 25 ? '+' : ' ', n, "x"))]);
        Assert.Equal("…   +   …", string.Concat(folded.Select(line => line.Kind)));
    }

    private static List<LogLine> Lines(params string[] texts) => [.. texts.Select((text, i) => new LogLine(i + 1, DateTimeOffset.UnixEpoch, 'I', text))];

    private static LogBlock Block(int first, params string[] lines) =>
        new(first, lines.Length, Encoding.UTF8.GetBytes(string.Concat(lines.Select((line, i) => $"{1_700_000_000_000_000 + i}\t{line}\n"))));

    private static string Html(string line, LogPattern? pattern)
    {
        using var text = new StringWriter();
        IHtmlContent rows = LogText.Rows([new LogLine(1, DateTimeOffset.UnixEpoch, 'I', line)], new LogLook(new LogQuery { Path = "/x" }, DateTimeZone.Utc, null, pattern, null));
        rows.WriteTo(text, System.Text.Encodings.Web.HtmlEncoder.Default);
        var html = text.ToString();
        var start = html.IndexOf("<span>", StringComparison.Ordinal) + 6;
        return html[start..html.LastIndexOf("</span>", StringComparison.Ordinal)];
    }
}
