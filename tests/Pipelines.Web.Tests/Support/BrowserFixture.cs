using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>A console and a real Chromium that looks at it.</summary>
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
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
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

    private void Note(bool isProblem, string text)
    {
        if (!isProblem)
            return;
        lock (_problems)
            _problems.Add(text);
    }
}
