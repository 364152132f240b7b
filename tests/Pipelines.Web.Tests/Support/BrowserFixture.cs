using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>A console and a real Chromium that looks at it: PIPELINES_CHROMIUM names it, else it is found on the PATH.</summary>
public abstract class BrowserFixture(TestServer server) : ConsoleFixture(server)
{
    protected const float Deadline = 20_000;

    private readonly List<string> _problems = [];
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    protected IPage Tab { get; private set; } = null!;

    /// <summary>What the browser complained about.</summary>
    protected IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems)
                return [.. _problems];
        }
    }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var chromium = Environment.GetEnvironmentVariable("PIPELINES_CHROMIUM") is { Length: > 0 } named ? named : OnPath();
        Assert.True(File.Exists(chromium), $"There is no Chromium{(chromium is null ? "" : $" at {chromium}")}. Install it, or name it in PIPELINES_CHROMIUM.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        Tab = await OpenAsync();
    }

    public override async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>A tab of its own, with or without script.</summary>
    protected async Task<IPage> OpenAsync(bool script = true)
    {
        var page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, BaseURL = Http.BaseAddress!.ToString(), JavaScriptEnabled = script });
        await page.Context.AddCookiesAsync([new() { Name = "pipelines", Value = SignedIn, Url = Http.BaseAddress!.ToString() }]);
        page.SetDefaultTimeout(Deadline);
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Note(true, error);
        return page;
    }

    /// <summary>For people to look at, when they ask for it.</summary>
    protected async Task ShotAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("PIPELINES_SHOTS") is { Length: > 0 } folder)
            await Tab.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }

    private static string? OnPath() =>
        (from name in new[] { "chromium", "chromium-browser", "google-chrome" }
         from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         let file = Path.Combine(folder, name)
         where File.Exists(file)
         select file).FirstOrDefault();

    private void Note(bool isProblem, string text)
    {
        if (!isProblem)
            return;
        lock (_problems)
            _problems.Add(text);
    }
}
