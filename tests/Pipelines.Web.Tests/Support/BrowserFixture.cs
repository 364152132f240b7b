using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>A console and a real Chromium that looks at it.</summary>
public abstract class BrowserFixture(TestServer server) : ConsoleFixture(server)
{
    protected const float Deadline = 20_000;

    private Chromium _chromium = null!;

    protected IPage Tab { get; private set; } = null!;

    /// <summary>What the browser complained about.</summary>
    protected IReadOnlyList<string> Problems => _chromium.Problems;

    /// <summary>The browser has complained of nothing.</summary>
    protected void NoProblems() => Assert.True(Problems.Count == 0, string.Join('\n', Problems));

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _chromium = await Chromium.StartAsync();
        Tab = await OpenAsync();
    }

    public override async Task DisposeAsync()
    {
        await _chromium.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>A tab of its own, with or without script, signed in or not.</summary>
    protected async Task<IPage> OpenAsync(bool script = true, bool signedIn = true)
    {
        var page = await _chromium.OpenAsync(Http.BaseAddress!, script);
        if (signedIn)
            await page.Context.AddCookiesAsync([new() { Name = "pipelines", Value = SignedIn, Url = Http.BaseAddress!.ToString() }]);
        page.SetDefaultTimeout(Deadline);
        return page;
    }

    /// <summary>For people to look at, when they ask for it.</summary>
    protected Task ShotAsync(string name) => Chromium.ShotAsync(Tab, name);
}
