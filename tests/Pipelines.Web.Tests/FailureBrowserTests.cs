using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>From Home to the line of the log that says why, in two clicks.</summary>
public sealed class FailureBrowserTests(TestServer server) : BrowserFixture(server)
{
    private const int Failing = 700;

    [Fact]
    public async Task One_click_on_what_went_wrong_opens_the_log_at_the_failing_line()
    {
        await FailAsync();
        await Tab.GotoAsync("/");
        await Tab.Locator("#attention .why a").ClickAsync();
        await SeesTheLineAsync();
        NoProblems();
    }

    [Fact]
    public async Task Two_clicks_lead_there_past_the_grid_and_its_panel()
    {
        await FailAsync();
        await Tab.GotoAsync("/");
        await Tab.Locator("#attention .name").ClickAsync();
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync("load");
        await Tab.Locator("#panel .err a").First.ClickAsync();
        await SeesTheLineAsync();
        NoProblems();
    }

    [Fact]
    public async Task Without_script_too()
    {
        await FailAsync();
        var tab = await OpenAsync(script: false);
        await tab.GotoAsync("/");
        await tab.Locator("#attention .why a").ClickAsync();
        await Assertions.Expect(tab.Locator($"#L{Failing}")).ToContainTextAsync("boom");
    }

    private async Task SeesTheLineAsync()
    {
        await Assertions.Expect(Tab.Locator($"#L{Failing}")).ToContainTextAsync("boom");
        await Assertions.Expect(Tab.Locator($"#L{Failing}")).ToBeInViewportAsync();
    }

    private async Task FailAsync()
    {
        var clock = await World.Store.NowAsync(default);
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("orders", "extract", "load")), clock.AddDays(-1), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        (key, attempt) = (await World.AdvanceAsync(worker, 1, (key, attempt, 's', null, null)))[0];
        await World.LogAsync(key, attempt, 1, [.. Enumerable.Range(1, 1000).Select(n => n == Failing ? ('E', "boom at the warehouse") : ('I', $"line {n}"))]);
        await World.AdvanceAsync(worker, 0, (key, attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
    }
}
