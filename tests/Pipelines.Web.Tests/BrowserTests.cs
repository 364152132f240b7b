using System.Globalization;
using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>The console in a real Chromium.</summary>
public sealed class BrowserTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task Cells_change_while_a_run_moves_and_the_panel_follows()
    {
        string[] tasks = ["extract", "clean", "publish"];
        var dag = await World.RegisterAsync(World.Chain("orders", tasks));
        var runs = await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 3);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        var run = got[0].Key.RunId;
        Assert.Equal(runs[0], run);

        await Tab.GotoAsync("/dags/orders");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await ExpectAsync(run, "extract", "r");
        await Tab.Locator(Cell(run, "clean") + " a").ClickAsync();
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync("clean");
        Assert.EndsWith($"?run={run}&task=clean", Tab.Url, StringComparison.Ordinal);

        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await ExpectAsync(run, "extract", "s");
        await ExpectAsync(run, "clean", "r");
        await Assertions.Expect(Tab.Locator("#panel .pill")).ToHaveTextAsync("Running");
        await World.LogAsync(got[0].Key, got[0].Attempt, 1, ('I', "start"), ('E', "boom"));
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        await ExpectAsync(run, "publish", "u");
        await Assertions.Expect(Tab.Locator("#panel .err")).ToContainTextAsync("boom");

        await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), 1);
        await Assertions.Expect(Tab.Locator("th.run")).ToHaveCountAsync(4);
        await Tab.Keyboard.PressAsync("ArrowUp");
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync("extract");
        await ShotAsync("live");
        NoProblems();
    }

    [Fact]
    public async Task A_log_grows_while_its_attempt_runs()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("logged", "load")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await World.LogAsync(key, attempt, 1, ('I', "first"));

        await Tab.GotoAsync($"/runs/{key.RunId}/tasks/load/log");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await World.LogAsync(key, attempt, 2, [.. Enumerable.Range(2, 900).Select(n => ('I', $"line {n}"))]);
        await Assertions.Expect(Tab.Locator("#L901 span")).ToHaveTextAsync("line 901");
        await Assertions.Expect(Tab.Locator("#total")).ToHaveTextAsync("901");
        await World.AdvanceAsync(worker, 0, (key, attempt, 'y', "boom", """{"type":"System.Exception","message":"boom"}"""));
        await Assertions.Expect(Tab.Locator("#loghead .pill")).ToHaveTextAsync("Retry wait");

        // The next attempt has a log of its own.
        await World.ExecuteAsync("update timer set due_at = clock_timestamp(); select fire_timers(10)");
        (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await World.LogAsync(key, attempt, 1, ('I', "again"));
        await Assertions.Expect(Tab.Locator("#L1 span")).ToHaveTextAsync("again");
        await World.AdvanceAsync(worker, 0, (key, attempt, 's', null, null));
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Ended");
        NoProblems();
    }

    [Fact]
    public async Task Pages_open_without_a_complaint_of_the_browser()
    {
        var seen = await Sample.MakeAsync(World);
        foreach (var (name, url) in new[]
        {
            ("home", "/"), ("grid", $"/dags/daily_sales_mart?run={seen.Run}&task={seen.Task}"), ("compact", "/dags/daily_sales_mart?density=compact"),
            ("year", "/dags/daily_sales_mart?density=year"), ("run", $"/runs/{seen.Run}"), ("task", $"/runs/{seen.Run}/tasks/{seen.Task}"),
            ("log", $"/runs/{seen.Run}/tasks/{seen.Task}/log"), ("backfills", "/backfills"), ("runs", "/runs"), ("errors", "/errors"),
        })
        {
            await Tab.GotoAsync(url);
            await ShotAsync(name);
        }

        await Tab.GotoAsync($"/dags/daily_sales_mart?run={seen.Run}&task={seen.Task}");
        await Tab.Locator("#theme").ClickAsync();
        await Tab.ReloadAsync();
        Assert.Equal("dark", await Tab.Locator("html").GetAttributeAsync("data-theme"));
        await ShotAsync("grid-dark");
        NoProblems();
    }

    private static string Cell(long run, string task) => string.Create(CultureInfo.InvariantCulture, $"tr[data-task='{task}'] td:has(a[href*='run={run}&'])");

    private Task ExpectAsync(long run, string task, string state) =>
        Assertions.Expect(Tab.Locator(Cell(run, task))).ToHaveClassAsync(new System.Text.RegularExpressions.Regex($"^{state}( |$)"), new() { Timeout = Deadline });
}
