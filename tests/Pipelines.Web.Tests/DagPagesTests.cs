using System.Net;

namespace Pipelines.Web.Tests;

/// <summary>The tabs of a DAG.</summary>
public sealed class DagPagesTests(TestServer server) : ConsoleFixture(server)
{
    private const string Hostile = "<b>&\"'x";

    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_tab_opens_with_the_head_and_hostile_names_stay_text()
    {
        await World.RegisterAsync(World.Chain(Hostile, Hostile) with { Owner = Hostile, Tags = [Hostile], Description = Hostile });
        var first = await PageAsync($"/dags/{Uri.EscapeDataString(Hostile)}");
        var tabs = first.Descendants("nav").Single(nav => Of(nav, "class") == "tabs").Elements("a").Select(a => (a.Value, Url: Of(a, "href"))).ToList();
        Assert.Equal("Grid", tabs[0].Value);
        foreach (var (name, url) in tabs)
        {
            var page = await PageAsync(url);
            Assert.Equal(name, page.Descendants("nav").Single(nav => Of(nav, "class") == "tabs").Elements("a").Single(a => Of(a, "aria-current") == "page").Value);
            Assert.Equal(Hostile, page.Descendants("h1").First().Value);
        }

        await PageAsync($"/dags/{Uri.EscapeDataString(Hostile)}/tasks/{Uri.EscapeDataString(Hostile)}");
    }

    [Theory]
    [InlineData("/dags/nope/runs")]
    [InlineData("/dags/nope/calendar")]
    [InlineData("/dags/nope/tasks")]
    [InlineData("/dags/nope/tasks/load")]
    [InlineData("/dags/nope/events")]
    [InlineData("/dags/nope/details")]
    public async Task A_DAG_that_is_not_there_is_named(string url) =>
        Assert.Contains("There is no DAG 'nope'.", (await PageAsync(url, HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);

    [Fact]
    public async Task A_task_shows_its_runs_and_groups_its_errors()
    {
        var dag = await World.RegisterAsync(World.Chain("errors", "load"));
        await World.MakeRunsAsync(dag, First, 4);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 4);
        string[] messages = ["row 1 is bad", "row 22 is bad", "disk full"];
        await World.AdvanceAsync(worker, 0, [.. got.Select((one, i) => (one.Key, one.Attempt, i < 3 ? 'f' : 's', i < 3 ? messages[i] : null, i < 3 ? $$"""{"type":"E","message":"{{messages[i]}}"}""" : null))]);

        var page = await PageAsync("/dags/errors/tasks/load");

        var errors = page.Descendants("table").Single(t => Of(t, "id") == "errors").Element("tbody")!.Elements("tr").Select(tr => tr.Elements("td").ElementAt(1).Value);
        Assert.Equal(["2", "1"], errors);
        Assert.Contains("25%", page.Value, StringComparison.Ordinal);
        Assert.Contains("The DAG 'errors' has no task 'nope'.", (await PageAsync("/dags/errors/tasks/nope", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DAGs_tasks_runs_and_errors_are_found()
    {
        var dag = await World.RegisterAsync(World.Chain("orders", "load_rows"));
        var run = (await World.MakeRunsAsync(dag, First, 1))[0];
        await World.StartRunsAsync();
        var got = await World.AdvanceAsync(await World.WorkerAsync(), 1);
        await World.AdvanceAsync(1, 0, (got[0].Key, got[0].Attempt, 'f', "disk is full", null));
        Assert.Equal(["foundDags"], await FoundAsync("ORDER"));
        Assert.Equal(["foundTasks"], await FoundAsync("rows"));
        Assert.Equal(["run"], await FoundAsync($"{run}"));
        Assert.Equal(["foundErrors"], await FoundAsync("disk is"));
        Assert.Empty(await FoundAsync("%"));
        Assert.Empty(await FoundAsync(""));

        async Task<IEnumerable<string>> FoundAsync(string text) =>
            (await PageAsync($"/search?q={Uri.EscapeDataString(text)}")).Descendants("section").Select(section => Of(section, "id")).Where(id => id.Length > 0);
    }

    [Fact]
    public async Task The_schedule_has_a_lane_for_each_DAG_that_is_due()
    {
        await World.RegisterAsync(World.Chain("often", "a") with { Cron = "*/30 * * * *", TimeZone = "UTC" });
        await World.RegisterAsync(World.Chain("byhand", "a") with { Cron = null });
        await World.RegisterAsync(World.Chain("waits", "a") with { Cron = "0 2 * * *" });
        await World.ExecuteAsync("update dag set next_due = clock_timestamp() + interval '1 s' where dag_id <> 'byhand'; update dag set paused = true where dag_id = 'waits'");
        foreach (var url in new[] { "/schedule", "/schedule?from=nonsense", "/schedule?from=0001-01-01T00:00:00Z", "/schedule?from=9999-12-31T00:00:00Z" })
        {
            var page = await PageAsync(url);
            Assert.Equal(["often", "waits"], page.Descendants("text").Where(text => Of(text, "class") == "id").Select(text => text.Value).Order());
            Assert.Contains("48 runs of 2 DAGs", page.Value, StringComparison.Ordinal);
        }

        Assert.Contains("No tick falls", (await PageAsync("/schedule?q=zzz")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_calendar_puts_runs_on_the_day_of_their_data_and_tells_of_days_without()
    {
        var dag = await World.RegisterAsync(World.Chain("days", "a") with { Cron = "0 2 * * *", TimeZone = "Europe/Kyiv" });
        var runs = await World.MakeRunsAsync(dag, First.AddYears(-1), 5);                                     // 2 March 02:00 in Kyiv, for 1 March
        await World.ExecuteAsync("update dag_run set state = 'f', started_at = created_at, finished_at = created_at where run_id = $1", runs[1]);
        await World.ExecuteAsync("delete from dag_run where run_id = $1", runs[3]);

        foreach (var by in new[] { "state", "duration", "wait", "nonsense" })
        {
            var page = await PageAsync($"/dags/days/calendar?year=2025&by={by}");
            var days = page.Descendants("svg").Single(svg => Of(svg, "class") == "days").Descendants("title").Select(title => title.Value).ToList();
            Assert.Contains("2025-02-28: nothing due", days);
            Assert.Contains(days, day => day.StartsWith("2025-03-01: 1 run", StringComparison.Ordinal));
            Assert.Contains(days, day => day.StartsWith("2025-03-02: 1 run, 1 failed", StringComparison.Ordinal));
            Assert.Contains("2025-03-04: no run", days);
            Assert.Equal(365, days.Count);
        }

        await PageAsync("/dags/days/calendar?year=99999");
    }

    [Fact]
    public async Task Details_list_the_next_ticks_and_events_tell_what_was_done()
    {
        await World.RegisterAsync(World.Chain("told", "a") with { Cron = "0 2 * * *", Owner = "Ann", Tags = ["x"] });
        await World.Operations.PauseAsync("told", new("ann", "a holiday"), CancellationToken.None);
        var details = await PageAsync("/dags/told/details");
        Assert.Equal(10, details.Descendants("table").Single(t => Of(t, "id") == "ticks").Element("tbody")!.Elements("tr").Count());
        Assert.Contains("\"owner\": \"Ann\"", details.Descendants("pre").Single(pre => Of(pre, "id") == "raw").Value, StringComparison.Ordinal);
        Assert.Contains("paused: a holiday", (await PageAsync("/dags/told/events")).Value, StringComparison.Ordinal);
    }
}
