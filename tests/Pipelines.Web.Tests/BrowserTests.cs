using System.Globalization;
using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>The console in a real Chromium: PIPELINES_CHROMIUM names it, else it is found on the PATH.</summary>
public sealed class BrowserTests(TestServer server) : ConsoleFixture(server)
{
    private const float Deadline = 20_000;

    private readonly List<string> _problems = [];
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private IPage _page = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var chromium = Environment.GetEnvironmentVariable("PIPELINES_CHROMIUM") is { Length: > 0 } named ? named : OnPath();
        Assert.True(File.Exists(chromium), $"There is no Chromium{(chromium is null ? "" : $" at {chromium}")}. Install it, or name it in PIPELINES_CHROMIUM.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        _page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, BaseURL = Http.BaseAddress!.ToString() });
        await _page.Context.AddCookiesAsync([new() { Name = "pipelines", Value = SignedIn, Url = Http.BaseAddress!.ToString() }]);
        _page.SetDefaultTimeout(Deadline);
        _page.Console += (_, message) => Note(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        _page.PageError += (_, error) => Note(true, error);
    }

    public override async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await base.DisposeAsync();
    }

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

        await _page.GotoAsync("/dags/orders");
        await Assertions.Expect(_page.Locator("#live")).ToHaveTextAsync("Live");
        await ExpectAsync(run, "extract", "r");
        await _page.Locator(Cell(run, "clean") + " a").ClickAsync();
        await Assertions.Expect(_page.Locator("#panel h2")).ToHaveTextAsync("clean");
        Assert.EndsWith($"?run={run}&task=clean", _page.Url, StringComparison.Ordinal);

        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await ExpectAsync(run, "extract", "s");
        await ExpectAsync(run, "clean", "r");
        await Assertions.Expect(_page.Locator("#panel .pill")).ToHaveTextAsync("Running");
        await World.LogAsync(got[0].Key, got[0].Attempt, 1, ('I', "start"), ('E', "boom"));
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        await ExpectAsync(run, "publish", "u");
        await Assertions.Expect(_page.Locator("#panel .err")).ToContainTextAsync("boom");

        await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), 1);
        await Assertions.Expect(_page.Locator("th.run")).ToHaveCountAsync(4);
        await _page.Keyboard.PressAsync("ArrowUp");
        await Assertions.Expect(_page.Locator("#panel h2")).ToHaveTextAsync("extract");
        await ShotAsync("live");
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task A_log_grows_while_its_attempt_runs()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("logged", "load")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await World.LogAsync(key, attempt, 1, ('I', "first"));

        await _page.GotoAsync($"/runs/{key.RunId}/tasks/load/log");
        await Assertions.Expect(_page.Locator("#live")).ToHaveTextAsync("Live");
        await World.LogAsync(key, attempt, 2, [.. Enumerable.Range(2, 900).Select(n => ('I', $"line {n}"))]);
        await Assertions.Expect(_page.Locator("#L901 span")).ToHaveTextAsync("line 901");
        await Assertions.Expect(_page.Locator("#total")).ToHaveTextAsync("901");
        await World.AdvanceAsync(worker, 0, (key, attempt, 's', null, null));
        await Assertions.Expect(_page.Locator("#live")).ToHaveTextAsync("Ended");
        Assert.Empty(_problems);
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
            await _page.GotoAsync(url);
            await ShotAsync(name);
        }

        await _page.GotoAsync($"/dags/daily_sales_mart?run={seen.Run}&task={seen.Task}");
        await _page.Locator("#theme").ClickAsync();
        await _page.ReloadAsync();
        Assert.Equal("dark", await _page.Locator("html").GetAttributeAsync("data-theme"));
        await ShotAsync("grid-dark");
        Assert.Empty(_problems);
    }

    private static string? OnPath() =>
        (from name in new[] { "chromium", "chromium-browser", "google-chrome" }
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         let file = Path.Combine(folder, name)
         where File.Exists(file)
         select file).FirstOrDefault();

    private static string Cell(long run, string task) => string.Create(CultureInfo.InvariantCulture, $"tr[data-task='{task}'] td:has(a[href*='run={run}&'])");

    private Task ExpectAsync(long run, string task, string state) =>
        Assertions.Expect(_page.Locator(Cell(run, task))).ToHaveClassAsync(new System.Text.RegularExpressions.Regex($"^{state}( |$)"), new() { Timeout = Deadline });

    /// <summary>For people to look at, when they ask for it.</summary>
    private async Task ShotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("PIPELINES_SHOTS") is { Length: > 0 } folder)
            await _page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }

    private void Note(bool isProblem, string text)
    {
        if (!isProblem)
            return;
        lock (_problems)
            _problems.Add(text);
    }
}
