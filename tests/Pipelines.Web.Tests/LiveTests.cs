using System.Net.ServerSentEvents;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Web.Live;

namespace Pipelines.Web.Tests;

public sealed class LiveTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_cell_that_changes_is_told_to_those_who_watch_and_to_nobody_else()
    {
        var dag = await World.RegisterAsync(World.Chain("live", "a", "b"));
        var run = (await World.MakeRunsAsync(dag, First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        var seen = await SeenAsync("/dags/live");
        var hub = Services.GetRequiredService<LiveHub>();
        Assert.Equal(0, hub.Watched);

        using (var limit = new CancellationTokenSource(Deadline))
        {
            var events = EventsAsync($"/ui/events?dag=live&runs=60&seen={seen}", limit.Token).GetAsyncEnumerator(limit.Token);
            Assert.Equal("hello", (await NextAsync(events)).EventType);
            Assert.Equal(1, hub.Watched);
            await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));

            var cells = new List<string>();
            while (cells.Count < 2)
            {
                var item = await NextAsync(events);
                Assert.Equal("cell", item.EventType);
                using var data = JsonDocument.Parse(item.Data);
                Assert.Equal(run, data.RootElement.GetProperty("run").GetInt64());
                cells.Add($"{data.RootElement.GetProperty("task")} {data.RootElement.GetProperty("state")}");
            }

            Assert.Equal(["a s", "b r"], cells);

            await World.MakeRunsAsync(dag, First.AddDays(1), 1);
            Assert.Equal("reload", (await NextAsync(events)).EventType);
            await events.DisposeAsync();
        }

        await UntilAsync(() => hub.Watched == 0);
    }

    [Fact]
    public async Task A_page_that_shows_something_older_is_told_to_load_again()
    {
        await World.RegisterAsync(World.Chain("stale", "a"));
        using var limit = new CancellationTokenSource(Deadline);
        await using var events = EventsAsync("/ui/events?dag=stale&seen=other", limit.Token).GetAsyncEnumerator(limit.Token);

        Assert.Equal("hello", (await NextAsync(events)).EventType);
        Assert.Equal("reload", (await NextAsync(events)).EventType);
    }

    [Fact]
    public async Task A_log_that_grows_is_told()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("logged", "a")), First, 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        using var limit = new CancellationTokenSource(Deadline);
        await using var events = EventsAsync($"/ui/events?log={key.RunId}.{key.TaskNo}.{key.MapIndex}.{attempt}&seen=0r", limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.Equal("hello", (await NextAsync(events)).EventType);

        await World.LogAsync(key, attempt, 1, ('I', "one"), ('I', "two"));
        Assert.Equal("""{"lines":2,"ended":false}""", (await NextAsync(events)).Data);
        await World.AdvanceAsync(worker, 0, (key, attempt, 's', null, null));
        Assert.Equal("""{"lines":2,"ended":true}""", (await NextAsync(events)).Data);
    }

    [Fact]
    public async Task The_console_stops_at_once_though_pages_watch()
    {
        await World.RegisterAsync(World.Chain("open", "a"));
        await using var app = WebRole.Build(new WebOptions(0, null), World.Backend);
        await app.StartAsync();
        using var limit = new CancellationTokenSource(Deadline);
        await using var events = EventsAsync($"{WebRole.Address(app)}ui/events?dag=open", limit.Token).GetAsyncEnumerator(limit.Token);
        Assert.Equal("hello", (await NextAsync(events)).EventType);

        await app.StopAsync(limit.Token);

        Assert.False(limit.IsCancellationRequested);
    }

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        Assert.True(await events.MoveNextAsync());
        return events.Current;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
            await timer.WaitForNextTickAsync(limit.Token);
    }

    private async Task<string> SeenAsync(string url) => Of((await PageAsync(url)).Descendants("div").Single(div => Of(div, "id") == "grid"), "data-seen");

    private async IAsyncEnumerable<SseItem<string>> EventsAsync(string url, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var answer = await Http.GetAsync(new Uri(url, UriKind.RelativeOrAbsolute), HttpCompletionOption.ResponseHeadersRead, cancellation);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
            yield return item;
    }
}
