using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.Web.Tests;

public sealed class BackfillBrowserTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task A_backfill_is_created_watched_and_cancelled()
    {
        await World.RegisterAsync(World.Chain("sales", "load", "publish") with { Cron = "0 0 * * *", TimeZone = "UTC" });

        await Tab.GotoAsync("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-10");
        await Expect(Tab.Locator("#start")).ToHaveTextAsync("Start 10 runs");
        await Tab.Locator("input[name=to]").FillAsync("2026-01-20");
        await Expect(Tab.Locator("#start")).ToHaveTextAsync("Start 20 runs");
        await Expect(Tab.Locator("[data-count=all]")).ToHaveTextAsync("20 runs");
        Assert.Contains("to=2026-01-20", Tab.Url, StringComparison.Ordinal);
        await Tab.Locator("#start").ClickAsync();
        await Expect(Tab.Locator("h1")).ToHaveTextAsync("Backfill 1");
        await Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(Tab.Locator("#done")).ToHaveTextAsync("0 of 20");

        await World.ExecuteAsync(
            "select pace_backfill(1, null, array_agg(t), array_agg(t - interval '1 day'), array_agg(t), max(t), false) from (select '2026-01-02Z'::timestamptz + make_interval(days => i) t from generate_series(0, 3) i) x");
        await Expect(Tab.Locator("tr[data-run]")).ToHaveCountAsync(4);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await Expect(Tab.Locator($"tr[data-run='{got[0].Key.RunId}']")).ToContainTextAsync("1 of 2");
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 's', null, null));
        await Expect(Tab.Locator("#done")).ToHaveTextAsync("1 of 20");

        await Tab.GetByRole(AriaRole.Link, new() { Name = "Cancel" }).ClickAsync();
        await Tab.GetByRole(AriaRole.Button, new() { Name = "and stop" }).ClickAsync();
        await Expect(Tab.Locator(".dhead .pill")).ToHaveTextAsync("Cancelled");
        NoProblems();
    }

    [Fact]
    public async Task A_backfill_is_created_and_paused_without_script()
    {
        await World.RegisterAsync(World.Chain("sales", "load") with { Cron = "0 0 * * *", TimeZone = "UTC" });
        var tab = await OpenAsync(script: false);

        await tab.GotoAsync("/backfills/new?dag=sales");
        await tab.Locator("input[name=from]").FillAsync("2026-01-01");
        await tab.Locator("input[name=to]").FillAsync("2026-01-03");
        await tab.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Start 3 runs" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(tab.Locator(".dhead .pill")).ToHaveTextAsync("Paused");
    }

    [Fact]
    public async Task Pages_open_without_a_complaint_of_the_browser()
    {
        await SampleBackfill.MakeAsync(World);
        foreach (var theme in new[] { "light", "dark" })
        {
            foreach (var (name, url) in new[]
            {
                ("backfill-new", "/backfills/new?dag=daily_sales_mart&from=2026-09-07&to=2026-11-15&existing=failed&order=newest"), ("backfill", "/backfills/1"),
                ("backfill-ask", "/backfills/1?confirm=cancel"), ("backfills", "/backfills"),
                ("backfill-months", "/backfills/new?dag=daily_sales_mart&from=2022-01-01&to=2026-11-15&tasks=down&task=merge"),
            })
            {
                await Tab.GotoAsync(url);
                await ShotAsync($"{name}-{theme}");
            }

            await Tab.Locator("#theme").ClickAsync();
        }

        NoProblems();
    }
}
