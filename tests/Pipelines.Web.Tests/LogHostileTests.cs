using System.Globalization;
using System.Net.ServerSentEvents;
using System.Xml.Linq;

namespace Pipelines.Web.Tests;

/// <summary>Whatever a task writes is text: in the page, in what is searched for and found, in the raw log and in the live tail.</summary>
public sealed class LogHostileTests(TestServer server) : ConsoleFixture(server)
{
    private const string Markup = "</span></div><script>alert(1)</script><img src=x onerror='alert(2)'> &lt;";

    private static readonly string Direction = "ab\u202ecd\u2066ef\u200f";

    private SampleLog _log = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _log = await SampleLog.StartAsync(World);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("log?part=lines&i=0")]
    [InlineData("log?q=onerror")]
    [InlineData("log?level=W")]
    [InlineData("log?wrap=1&t=elapsed")]
    [InlineData("")]
    public async Task Markup_controls_and_marks_of_direction_are_shown_as_text(string page)
    {
        await WriteAsync(('W', Markup), ('I', "nul \0 bell \a del \u007f"), ('I', Direction), ('E', "\u001b[31m" + Markup + "\u001b[0m"));

        var html = await PageAsync(_log.Url[..^3] + page);

        var text = html.ToString(SaveOptions.DisableFormatting);
        Assert.InRange(html.Descendants("script").Count(), 0, 1);
        Assert.Empty(html.Descendants("img"));
        Assert.DoesNotContain(html.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name == "style");
        Assert.DoesNotContain(text, c => c is '\0' or '\a' or '\u007f' or '\u202e' or '\u2066' or '\u200f' or '\u001b');
        Assert.Contains("<script>alert(1)</script>", html.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_searched_for_is_text_as_well()
    {
        await WriteAsync(('I', Markup));

        var page = await PageAsync($"{_log.Url}?q={Uri.EscapeDataString("<script>alert(1)")}");

        Assert.Equal("<script>alert(1)", page.Descendants("mark").Single().Value);
        Assert.Equal("<script>alert(1)", Of(page.Descendants("input").Single(input => Of(input, "id") == "q"), "value"));
        foreach (var wild in new[] { "/(/", "/(a+)+$/", "\0", "%", "\u202e", "'; drop table x --", "/\\p{Foo}/", new string('a', 501), "\ud800" })
            await PageAsync($"{_log.Url}?q={Uri.EscapeDataString(wild)}");
    }

    [Fact]
    public async Task Garbage_in_the_address_means_the_default()
    {
        await WriteAsync(('I', "one"), ('E', "two"));

        foreach (var query in new[]
        {
            "from=x", "from=-5", "from=99999999", "i=-1", "i=2147483647", "n=0", "n=99999999", "L=0", "L=-7", "L=9-3", "L=x-y", "L=2147483647", "L=1-2147483647", "level=%00", "t=1", "after=-1", "after=2147483647&q=a",
            "before=-2147483648&q=a", "find=error&after=2147483647", "find=error&before=-1", "find=x", "view=x", "part=x", "against=x", "confirm=x", "case=x&q=a", "attempt=x", "q=a&q=b", "tz=Nowhere/Land",
        })
        {
            var page = await PageAsync($"{_log.Url}?{query}");
            Assert.Contains(page.Descendants("div"), div => Of(div, "class").StartsWith("ln ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Escapes_other_than_colours_are_dropped_and_only_links_to_the_web_are_links()
    {
        await WriteAsync(
            ('I', "\u001b]8;;https://example.org/a?b=\"><script>\u001b\\docs\u001b]8;;\u001b\\ end"),
            ('I', "\u001b]8;;javascript:alert(1)\u001b\\bad\u001b]8;;\u001b\\ end"),
            ('I', "\u001b[2J\u001b[1;1H\u001b]0;title\a\u001bPq#0;\u001b\\\u001b(Bcleared"),
            ('I', "seen \u001b]0;never ended"));

        var page = await PageAsync(_log.Url);

        Assert.Equal("docs end", Row(page, 1).Value);
        var link = Row(page, 1).Element("a")!;
        Assert.Equal("noopener noreferrer", Of(link, "rel"));
        Assert.StartsWith("https://example.org/", Of(link, "href"), StringComparison.Ordinal);
        Assert.Equal("bad end", Row(page, 2).Value);
        Assert.Empty(Row(page, 2).Elements("a"));
        Assert.Equal("cleared", Row(page, 3).Value);
        Assert.Equal("seen 0;never ended", Row(page, 4).Value);
    }

    [Fact]
    public async Task A_line_of_a_million_characters_is_cut_and_can_be_read_whole()
    {
        var long1 = new string('x', 1_000_000);
        await WriteAsync(('I', long1), ('I', "after"));

        var page = await PageAsync(_log.Url);

        Assert.True(page.ToString().Length < 60_000);
        var whole = Row(page, 1).Descendants("a").Single();
        Assert.Contains("996,000 more characters", whole.Value, StringComparison.Ordinal);
        Assert.Equal($"INFO {long1}\n", (await Http.GetStringAsync(new Uri(Of(whole, "href"), UriKind.Relative))).Split(' ', 2)[1]);
        Assert.Equal("after", Row(page, 2).Value);
    }

    [Fact]
    public async Task Five_thousand_colours_in_a_line_do_not_blow_the_page_up()
    {
        await WriteAsync(('I', string.Concat(Enumerable.Range(0, 5000).Select(n => string.Create(CultureInfo.InvariantCulture, $"\u001b[38;5;{n % 256};{1 + (n % 2)}m.")))), ('I', string.Concat(Enumerable.Range(0, 3000).Select(n => $"\u001b[3{n % 7}m"))));

        var page = await PageAsync(_log.Url);

        Assert.InRange(Row(page, 1).Elements("i").Count(), 10, 201);
        Assert.Empty(Row(page, 2).Elements("i"));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_shown_and_found_around()
    {
        byte[] body = [.. "1700000000000000\tI\tbad "u8, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, .. " end\n1700000000000001\tI\tnext\n"u8];
        await World.ExecuteAsync("insert into log_chunk values (clock_timestamp(), $1, $2, $3, $4, 1, 2, 0, 0, $5)", _log.Key.RunId, _log.Key.TaskNo, _log.Key.MapIndex, _log.Attempt, body);

        var page = await PageAsync($"{_log.Url}?q=end");

        Assert.StartsWith("bad \ufffd", Row(page, 1).Value, StringComparison.Ordinal);
        Assert.Equal("end", Row(page, 1).Element("mark")!.Value);
        Assert.Equal("next", Row(page, 2).Value);
    }

    [Fact]
    public async Task The_raw_log_is_what_was_written_and_no_browser_takes_it_for_a_page()
    {
        await WriteAsync(('I', Markup), ('I', Direction + "\0\u001b[31m"));

        foreach (var view in new[] { "raw", "download" })
        {
            using var answer = await Http.GetAsync(new Uri($"{_log.Url}?view={view}", UriKind.Relative));
            Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal(view == "download", answer.Content.Headers.ContentDisposition?.DispositionType == "attachment");
            var lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
            Assert.EndsWith($"INFO {Markup}", lines[0], StringComparison.Ordinal);
            Assert.EndsWith($"INFO {Direction}\0\u001b[31m", lines[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_live_tail_and_the_hits_carry_numbers_and_no_text()
    {
        await WriteAsync(('I', Markup + "\ndata: x\n\nevent: reload"));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        foreach (var url in new[] { $"{_log.Url}?part=hits&q=alert", $"/ui/events?log={_log.Key.RunId}.{_log.Key.TaskNo}.{_log.Key.MapIndex}.{_log.Attempt}" })
        {
            await using var stream = await Http.GetStreamAsync(new Uri(url, UriKind.Relative), limit.Token);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(limit.Token))
            {
                Assert.Contains(item.EventType, new[] { "hello", "hits", "done", "log" });
                Assert.DoesNotContain("alert", item.Data, StringComparison.Ordinal);
                if (item.EventType is "done" or "log")
                    break;
            }
        }
    }

    private static XElement Row(XElement page, int line) =>
        page.Descendants("div").Single(div => Of(div, "id") == string.Create(CultureInfo.InvariantCulture, $"L{line}")).Element("span")!;

    private Task WriteAsync(params (char, string)[] lines) => World.LogAsync(_log.Key, _log.Attempt, 1, lines);
}
