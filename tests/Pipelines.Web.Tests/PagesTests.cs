using System.Net;
using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

public sealed class PagesTests(TestServer server) : ConsoleFixture(server)
{
    /// <summary>No slash: an id has none, and a path could not carry it.</summary>
    private const string Name = "<script>alert(1)&\"' \u202eevil";

    private const string Hostile = Name + "</script>";

    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Without_a_dag_the_home_page_tells_where_to_drop_one()
    {
        Assert.Contains("/srv/dags", (await PageAsync("/")).Value, StringComparison.Ordinal);
        foreach (var url in new[] { "/errors", "/backfills", "/runs" })
            await PageAsync(url);
    }

    [Theory]
    [InlineData("/dags/nope", "There is no DAG 'nope'.")]
    [InlineData("/runs/77", "There is no run 77.")]
    [InlineData("/runs/77/tasks/load", "There is no run 77 with a task 'load'.")]
    [InlineData("/runs/77/tasks/load/3/log", "There is no run 77 with a task 'load' that has an element 3.")]
    [InlineData("/runs/77/tasks/load/artefacts/a/b.svg", "The task 'load' of run 77 has no artefact 'a/b.svg'.")]
    [InlineData("/nowhere", "There is no page /nowhere.")]
    [InlineData("/runs/abc", "There is no page /runs/abc.")]
    public async Task What_is_missing_is_named(string url, string text) =>
        Assert.Contains(text, (await PageAsync(url, HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);

    [Fact]
    public async Task Every_page_of_a_run_opens_and_hostile_text_stays_text()
    {
        var (run, key) = await HostileRunAsync();
        var (dag, task) = (Uri.EscapeDataString(Name), Uri.EscapeDataString(Name));
        await World.ExecuteAsync("insert into import_error(source, dag_id, file, what, fix) values ('s', $1, $1, $1, $1)", Hostile);

        string[] urls =
        [
            "/", "/errors", "/runs", $"/dags/{dag}", $"/dags/{dag}?run={run}", $"/dags/{dag}?run={run}&task={task}", $"/dags/{dag}?density=year", $"/runs/{run}",
            $"/runs/{run}/tasks/{task}", $"/runs/{run}/tasks/{task}/log", $"/runs/{run}/tasks/{task}/log?attempt=1",
        ];
        foreach (var url in urls)
        {
            var page = await PageAsync(url);
            var script = Assert.Single(page.Descendants("script"));
            Assert.StartsWith("/static/app.js", Of(script, "src"), StringComparison.Ordinal);
            Assert.DoesNotContain("\u202e", page.ToString(SaveOptions.DisableFormatting), StringComparison.Ordinal);
            Assert.Contains("<script>alert(1)", page.Value, StringComparison.Ordinal);
        }

        var log = await PageAsync($"/runs/{run}/tasks/{task}/log");
        var line = log.Descendants("div").Single(div => Of(div, "id") == "L1").Element("span")!;
        Assert.Equal("red ␇bell <b>bold</b> link", line.Value);
        Assert.Equal("a-r", Of(line.Element("i")!, "class"));
        using var raw = await Http.GetAsync(new Uri($"/runs/{run}/tasks/{task}/log?view=raw", UriKind.Relative));
        Assert.Equal("text/plain", raw.Content.Headers.ContentType!.MediaType);
        Assert.Equal(3, (await raw.Content.ReadAsStringAsync()).Count(c => c == '\n'));
        Assert.Equal('f', (await World.Store.AttemptsAsync(key, CancellationToken.None)).Single().State);
    }

    [Fact]
    public async Task Artefacts_are_shown_in_a_sandbox_and_pages_never()
    {
        var (run, key) = await HostileRunAsync();
        var url = $"/runs/{run}/tasks/{Uri.EscapeDataString(Name)}/artefacts/";
        foreach (var (name, type) in new[] { ("plots/chart.svg", "image/svg+xml"), ("page.html", "text/html"), ("notes.txt", "text/plain") })
            await World.ExecuteAsync("insert into artefact values ($1, 0, -1, $2, 1, $3, $4, clock_timestamp())", run, name, type, "<svg onload='alert(1)'/>"u8.ToArray());

        using var svg = await Http.GetAsync(new Uri(url + "plots/chart.svg", UriKind.Relative));
        Assert.Equal("image/svg+xml", svg.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("sandbox; default-src 'none'; style-src 'unsafe-inline'", svg.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", svg.Headers.GetValues("X-Content-Type-Options").Single());
        using var page = await Http.GetAsync(new Uri(url + "page.html", UriKind.Relative));
        Assert.Equal("application/octet-stream", page.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", page.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(3, (await World.Store.ArtefactsAsync(key, CancellationToken.None)).Count);
        Assert.Contains("plots/chart.svg", (await PageAsync($"/runs/{run}/tasks/{Uri.EscapeDataString(Name)}")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Times_are_utc_and_schedule_times_name_the_zone_of_the_dag()
    {
        var (run, _) = await HostileRunAsync();

        var page = await PageAsync($"/runs/{run}?tab=arguments");

        Assert.Contains("2026-03-02 02:00 Europe/Kyiv", page.Value, StringComparison.Ordinal);
        Assert.Contains("2026-03-01 02:00 to 2026-03-02 02:00 Europe/Kyiv", page.Value, StringComparison.Ordinal);
        Assert.All(page.Descendants("time"), time => Assert.EndsWith("Z", Of(time, "datetime"), StringComparison.Ordinal));
        Assert.All(page.Descendants("time"), time => Assert.Matches("(UTC|Europe/Kyiv|:00)$", time.Value));
    }

    [Fact]
    public async Task Each_page_asks_for_style_and_script_by_their_hash()
    {
        var page = await PageAsync("/");
        foreach (var url in new[] { Of(page.Descendants("script").Single(), "src"), Of(page.Descendants("link").Last(), "href") })
        {
            using var answer = await Http.GetAsync(new Uri(url, UriKind.Relative));
            Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
            Assert.True((await answer.Content.ReadAsByteArrayAsync()).Length > 1000);
            using var again = new HttpRequestMessage(HttpMethod.Get, url);
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            Assert.Equal(HttpStatusCode.NotModified, (await Http.SendAsync(again)).StatusCode);
        }
    }

    private async Task<(long Run, InstanceKey Key)> HostileRunAsync()
    {
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain(Name, Name)), First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await World.LogAsync(key, attempt, 1,
            ('I', "\u001b[31mred\u001b[0m \abell <b>bold</b> \u001b]8;;javascript:alert(1)\u001b\\link\u001b]8;;\u001b\\"), ('W', Hostile), ('E', $"{Hostile}\tat \0x\r"));
        await World.AdvanceAsync(worker, 0, (key, attempt, 'f', Hostile, System.Text.Json.JsonSerializer.Serialize(new { type = Hostile, message = Hostile, stack = Hostile })));
        return (run, key);
    }
}
