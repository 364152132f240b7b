using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

public sealed class LogTests(TestServer server) : ConsoleFixture(server)
{
    private const int Chunk = 100;
    private const int Chunks = 50;

    private InstanceKey _key;
    private short _attempt;
    private int _worker;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("logs", "load")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        _worker = await World.WorkerAsync();
        (_key, _attempt) = (await World.AdvanceAsync(_worker, 1))[0];
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(95, 10)]
    [InlineData(100, 1)]
    [InlineData(101, 300)]
    [InlineData(4990, 100)]
    [InlineData(9000, 10)]
    public async Task A_window_is_read_across_chunks(int first, int lines)
    {
        await FillAsync(errorAt: 2345);

        var page = await World.Store.LogAsync(_key, _attempt, first, lines, CancellationToken.None);

        Assert.Equal(Enumerable.Range(first, lines).Where(n => n <= Chunk * Chunks), page.Lines.Select(line => line.Number));
        Assert.All(page.Lines, line => Assert.Equal($"line {line.Number}", line.Text));
        Assert.Equal((Chunk * Chunks, 1, 2345), (page.TotalLines, page.Errors, page.FirstErrorLine));
    }

    [Fact]
    public async Task A_window_opens_none_of_the_other_chunks()
    {
        await FillAsync(errorAt: null);
        await World.ExecuteAsync("update log_chunk set body = convert_to(repeat('x', 1000), 'UTF8') where first_line <> 2001");

        var page = await World.Store.LogAsync(_key, _attempt, 2001, 100, CancellationToken.None);

        Assert.Equal(100, page.Lines.Count(line => line.Text == $"line {line.Number}"));
        Assert.Empty((await World.Store.LogAsync(_key, _attempt, 1, 0, CancellationToken.None)).Lines);
    }

    [Fact]
    public async Task The_page_opens_at_the_first_error_and_links_on()
    {
        await FillAsync(errorAt: 2345);

        var page = await PageAsync(Url);

        Assert.Equal((2330, 2729), Shown(page));
        Assert.Contains("e", Of(page.Descendants("div").Single(div => Of(div, "id") == "L2345"), "class"), StringComparison.Ordinal);
        Assert.Equal((1930, 2329), Shown(await PageAsync(Link(page, "earlier"))));
        Assert.Equal((2730, 3129), Shown(await PageAsync(Link(page, "later"))));
        Assert.Equal((4601, 5000), Shown(await PageAsync($"{Url}?from=4601")));
    }

    [Fact]
    public async Task A_running_attempt_opens_at_its_tail_and_an_ended_one_at_its_top()
    {
        await FillAsync(errorAt: null);

        Assert.Equal((4601, 5000), Shown(await PageAsync(Url)));
        await World.AdvanceAsync(_worker, 0, (_key, _attempt, 's', null, null));
        Assert.Equal((1, 400), Shown(await PageAsync(Url)));
    }

    [Fact]
    public async Task A_line_that_is_none_is_shown_as_it_is()
    {
        await World.ExecuteAsync(
            "insert into log_chunk values (clock_timestamp(), $1, $2, $3, $4, 1, 3, 0, 0, $5)", _key.RunId, _key.TaskNo, _key.MapIndex, _attempt,
            "no tabs\n99999999999999999999\tI\tlate\n\u00ff\tI\tx"u8.ToArray());

        Assert.Equal(3, (await World.Store.LogAsync(_key, _attempt, 1, 10, CancellationToken.None)).Lines.Count);
        await PageAsync(Url);
    }

    private string Url => $"/runs/{_key.RunId}/tasks/load/log";

    private static (int First, int Last) Shown(XElement page)
    {
        var numbers = page.Descendants("div").Select(div => Of(div, "id")).Where(id => id.StartsWith('L')).Select(id => int.Parse(id[1..], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        return (numbers[0], numbers[^1]);
    }

    private static string Link(XElement page, string id) => Of(page.Descendants("a").Single(a => Of(a, "id") == id), "href");

    private async Task FillAsync(int? errorAt)
    {
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            var first = (chunk * Chunk) + 1;
            await World.LogAsync(_key, _attempt, first, [.. Enumerable.Range(first, Chunk).Select(n => (n == errorAt ? 'E' : 'I', $"line {n}"))]);
        }
    }
}
