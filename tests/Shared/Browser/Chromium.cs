using Microsoft.Playwright;

namespace Pipelines.Tests;

/// <summary>A real Chromium: PIPELINES_CHROMIUM names it, else it is found on the PATH.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly List<string> _problems = [];

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>What it complained about.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_problems)
                return [.. _problems];
        }
    }

    public static async Task<Chromium> StartAsync()
    {
        var file = Environment.GetEnvironmentVariable("PIPELINES_CHROMIUM") is { Length: > 0 } named ? named : OnPath();
        Assert.True(File.Exists(file), $"There is no Chromium{(file is null ? "" : $" at {file}")}. Install it, or name it in PIPELINES_CHROMIUM.");
        var playwright = await Playwright.CreateAsync();
        return new(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = file, Args = ["--no-sandbox", "--disable-gpu"] }));
    }

    /// <summary>A tab of its own, with or without script; nobody has signed in there.</summary>
    public async Task<IPage> OpenAsync(Uri console, bool script = true)
    {
        var page = await Browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, BaseURL = console.ToString(), JavaScriptEnabled = script });
        page.Console += (_, message) => Note(message.Type is "error" or "warning", $"{message.Type}: {message.Text} ({message.Location})");
        page.PageError += (_, error) => Note(true, error);
        return page;
    }

    /// <summary>For people to look at, when they ask for it.</summary>
    public static async Task ShotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PIPELINES_SHOTS") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
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
