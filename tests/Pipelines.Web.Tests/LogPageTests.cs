using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.ServerSentEvents;
using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>Windows, levels, search and downloads of a log of 5,000 lines in 50 chunks.</summary>
public sealed class LogPageTests(TestServer server) : ConsoleFixture(server)
{
    private const int Lines = 5000;

    private SampleLog _log = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _log = await (await SampleLog.StartAsync(World)).FillAsync(Lines, n => n switch
        {
            50 or 1234 or 3000 => ('W', $"warning {n}"),
            100 or 101 or 2345 or 2346 or 4800 => ('E', $"failure {n}"),
            777 or 4321 => ('I', $"a needle in line {n}"),
            _ => null,
        });
    }

    [Theory]
    [InlineData("level=W", new[] { 50, 100, 101, 1234, 2345, 2346, 3000, 4800 })]
    [InlineData("level=E", new[] { 100, 101, 2345, 2346, 4800 })]
    [InlineData("level=W&i=3&n=2", new[] { 1234, 2345 })]
    [InlineData("level=E&i=4", new[] { 4800 })]
    [InlineData("level=E&from=2346&n=1", new[] { 2346 })]
    [InlineData("level=W&from=1235&n=1", new[] { 2345 })]
    [InlineData("from=99&n=3", new[] { 99, 100, 101 })]
    public async Task A_level_shows_only_its_lines_with_their_true_numbers(string query, int[] expected) =>
        Assert.Equal(expected, Numbers(await PageAsync($"{_log.Url}?{query}")));

    [Fact]
    public async Task A_level_opens_only_chunks_that_have_some()
    {
        await World.ExecuteAsync("update log_chunk set body = convert_to(repeat('x', 1000), 'UTF8') where errors = 0");

        var shown = Numbers(await PageAsync($"{_log.Url}?level=E"));
        Assert.Equal([100, 101, 2345, 2346, 4800], shown);
        Assert.Equal("4800", await FindAsync("find=error&after=2346"));
    }

    [Theory]
    [InlineData("L=3210", 3195, 3210)]
    [InlineData("L=3210-3212", 3195, 3210)]
    [InlineData("q=needle", 762, 777)]
    [InlineData("q=needle&after=777", 4306, 4321)]
    [InlineData("q=needle&after=4321", 762, 777)]
    [InlineData("q=needle&before=777", 4306, 4321)]
    [InlineData("q=needle&before=4321", 762, 777)]
    [InlineData("find=error&after=101", 2330, 2345)]
    [InlineData("", 85, 0)]
    public async Task The_page_opens_at_what_is_asked_for(string query, int first, int marked)
    {
        var page = await PageAsync($"{_log.Url}?{query}");

        Assert.Equal(first, Numbers(page)[0]);
        if (marked > 0 && !query.StartsWith("find", StringComparison.Ordinal))
            Assert.Contains("tgt", Of(Row(page, marked), "class"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("find=error&after=0", "100")]
    [InlineData("find=error&after=100", "2345")]
    [InlineData("find=error&after=2346", "4800")]
    [InlineData("find=error&after=4800", "100")]
    [InlineData("find=error&before=4800", "2345")]
    [InlineData("find=error&before=2346", "2345")]
    [InlineData("find=error&before=100", "4800")]
    [InlineData("q=needle&after=0", "777")]
    [InlineData("q=NEEDLE&case=1", "")]
    [InlineData("q=/needle.*4\\d21$/", "4321")]
    [InlineData("q=failure&level=W&after=101", "2345")]
    [InlineData("q=needle&level=W", "")]
    public async Task The_next_and_the_previous_are_found_over_all_lines(string query, string expected) => Assert.Equal(expected, await FindAsync(query));

    [Fact]
    public async Task All_hits_are_counted_as_they_are_found()
    {
        var (lines, done) = (new List<int>(), "");
        await using var stream = await Http.GetStreamAsync(new Uri($"{_log.Url}?part=hits&q=/line 1?\\d$|needle/", UriKind.Relative));
        await foreach (var item in SseParser.Create(stream).EnumerateAsync())
        {
            using var data = System.Text.Json.JsonDocument.Parse(item.Data);
            if (item.EventType == "hits")
                lines.AddRange(data.RootElement.GetProperty("lines").EnumerateArray().Select(line => line.GetInt32()));
            else
                done = item.Data;
        }

        Assert.Equal([.. Enumerable.Range(1, 19), 777, 4321], lines);
        Assert.Equal("""{"count":21,"to":5000,"late":false}""", done);
    }

    [Fact]
    public async Task Counts_places_and_commands_stand_on_the_page()
    {
        var page = await PageAsync($"{_log.Url}?q=nowhere");

        Assert.Equal("No line has it.", page.Descendants("span").Single(span => Of(span, "id") == "hits").Value);
        string[] counts = ["5", "3", "5,000"];
        Assert.Equal(counts, page.Descendants("nav").Single(nav => Of(nav, "aria-label") == "Levels").Descendants("b").Select(b => b.Value));
        Assert.Equal(["50", "100"], page.Descendants("a").Where(a => a.Attribute("data-line") is not null).Select(a => Of(a, "data-line")));
        Assert.Equal(6, page.Descendants("svg").Single(svg => Of(svg, "id") == "map").Descendants("a").Count());
        Assert.Contains($"pipelines tasks log {_log.Key.RunId} 'load' --attempt 1", page.Value, StringComparison.Ordinal);
        Assert.Contains($"{_log.Url}?view=raw'", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_downloaded_whole_packed_or_filtered()
    {
        var whole = await Http.GetStringAsync(new Uri($"{_log.Url}?view=download", UriKind.Relative));
        Assert.Equal(Lines, whole.Count(c => c == '\n'));
        await using (var packed = new GZipStream(await Http.GetStreamAsync(new Uri($"{_log.Url}?view=gz", UriKind.Relative)), CompressionMode.Decompress))
        {
            using var reader = new StreamReader(packed);
            Assert.Equal(whole, await reader.ReadToEndAsync());
        }

        Assert.Equal(5, (await Http.GetStringAsync(new Uri($"{_log.Url}?view=download&level=E", UriKind.Relative))).Count(c => c == '\n'));
        Assert.EndsWith("a needle in line 4321\n", await Http.GetStringAsync(new Uri($"{_log.Url}?view=raw&q=needle", UriKind.Relative)), StringComparison.Ordinal);
        Assert.EndsWith("INFO line 4000\n", await Http.GetStringAsync(new Uri($"{_log.Url}?view=raw&L=3999-4000", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_are_of_the_readers_clock_since_the_start_or_in_utc()
    {
        async Task<string> TimeAsync(string query) => Row(await PageAsync($"{_log.Url}?from=1&n=1&{query}"), 1).Element("time")!.Value;

        Assert.Equal("22:13:20.001", await TimeAsync(""));
        Assert.Equal("23:13:20.001", await TimeAsync("tz=Europe/Berlin"));
        Assert.Equal("22:13:20.001", await TimeAsync("tz=Europe/Berlin&t=utc"));
        Assert.Matches(@"^-\d+:\d\d:\d\d\.\d{3}$", await TimeAsync("t=elapsed"));
        Assert.Contains("tz=Europe%2FBerlin", Of((await PageAsync($"{_log.Url}?tz=Europe/Berlin")).Descendants("a").Single(a => Of(a, "id") == "wrap"), "href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_retried_at_once_and_a_success_only_after_it_is_told_what_that_does()
    {
        await _log.EndAsync();
        var asked = await PageAsync($"{_log.Url}?confirm=retry");
        Assert.Contains("Run 2 task instances", asked.Descendants("div").Single(div => Of(div, "id") == "confirm").Value, StringComparison.Ordinal);
        var form = asked.Descendants("form").Single(form => Of(form, "method") == "post");

        using var refused = await Http.PostAsync(new Uri(Of(form, "action"), UriKind.Relative), new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var page = await Http.GetAsync(new Uri($"{_log.Url}?confirm=retry", UriKind.Relative));
        using var answer = await PostAsync(Http, Of(form, "action"), page, new Dictionary<string, string>());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal('q', (await World.Store.InstanceAsync(_log.Key.RunId, "load", -1, default))!.Instances[0].State);
    }

    [Fact]
    public async Task The_last_good_run_is_compared_with()
    {
        Assert.Contains("nothing to compare with", (await PageAsync($"{_log.Url}?against=good")).Value, StringComparison.Ordinal);
        await _log.EndAsync();
        var next = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("logs", "load", "publish")), new DateTimeOffset(2026, 1, 3, 0, 0, 0, TimeSpan.Zero), 1))[0];
        await World.StartRunsAsync();
        var got = (await World.AdvanceAsync(_log.Worker, 2)).Single(one => one.Key.RunId == next);
        await World.LogAsync(got.Key, got.Attempt, 1, ('I', "line 99"), ('E', "boom"));

        var page = await PageAsync($"/runs/{next}/tasks/load/log?against=good");

        Assert.Contains($"run {_log.Key.RunId}", page.Value, StringComparison.Ordinal);
        Assert.Contains(page.Descendants("div"), div => Of(div, "class") == "ln diff plus" && div.Value.EndsWith("boom", StringComparison.Ordinal));
    }

    private static XElement Row(XElement page, int line) => page.Descendants("div").Single(div => Of(div, "id") == string.Create(CultureInfo.InvariantCulture, $"L{line}"));

    private static int[] Numbers(XElement page) =>
        [.. page.Descendants("div").Select(div => Of(div, "id")).Where(id => id.StartsWith('L')).Select(id => int.Parse(id[1..], CultureInfo.InvariantCulture))];

    private Task<string> FindAsync(string query) => Http.GetStringAsync(new Uri($"{_log.Url}?part=find&{query}", UriKind.Relative));
}
