using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Pipelines.Tests;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.EndToEnd.Tests;

/// <summary>A person at work, in a real browser, with a real scheduler and worker behind the console.</summary>
public sealed partial class ConsoleWalkTests
{
    /// <summary>Only ends a test that has failed.</summary>
    private const float Patience = 40_000;

    [Fact]
    public async Task From_the_form_of_a_backfill_to_a_mended_failure()
    {
        await using var at = new TemporaryHome();
        at.Drop(Built.Dags);
        var up = await UpFile.ReadyAsync(at, at.Start("up", "--port", "0"));
        await at.UntilAsync("the DAG is loaded", async () => (await at.RunAsync("dags", "show", "walked")).Code == 0);
        (await at.RunAsync("users", "add", "ann", "--role", "operator")).Succeeded();
        var password = (string)(await at.RunAsync("users", "password", "ann", "--generate", "-o", "json")).Json()["password"]!;
        await using var chromium = await Chromium.StartAsync();
        var tab = await chromium.OpenAsync(up.Url);
        tab.SetDefaultTimeout(Patience);
        SetDefaultExpectTimeout(Patience);
        await SignInAsync(tab, "ann", password);

        // A backfill of five days, from its form; its first tasks are held.
        await tab.Locator("nav a[href='/dags']").ClickAsync();
        await tab.GetByRole(AriaRole.Link, new() { Name = "walked", Exact = true }).ClickAsync();
        await tab.GetByRole(AriaRole.Link, new() { Name = "Backfill", Exact = true }).ClickAsync();
        await FillBackfillAsync(tab, "2026-01-01", "2026-01-05");
        await tab.GetByLabel("Runs at once").FillAsync("5");
        await Expect(tab.Locator("#start")).ToHaveTextAsync("Start 5 runs");
        await tab.Locator("#start").ClickAsync();
        await Expect(tab.Locator("h1")).ToHaveTextAsync("Backfill 1");
        await tab.Locator("main").GetByRole(AriaRole.Link, new() { Name = "2026-01-03" }).First.WaitForAsync();

        // It fills the grid while it is looked at: the page is not loaded again.
        await tab.Locator(".crumb").GetByRole(AriaRole.Link, new() { Name = "walked" }).ClickAsync();
        await Expect(tab.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(tab.Locator("th.run")).ToHaveCountAsync(5);
        await Expect(tab.Locator("tr[data-task=extract] td.r")).ToHaveCountAsync(5);
        await tab.EvaluateAsync("() => { window.sameDocument = true; }");
        at.Open("walk-extract");
        await Expect(tab.Locator("tr[data-task=extract] td.s")).ToHaveCountAsync(5);
        await Expect(tab.Locator("tr[data-task=load] td.f")).ToHaveCountAsync(1);
        await Expect(tab.Locator("tr[data-task=publish] td.s")).ToHaveCountAsync(4);
        await Expect(tab.Locator("tr[data-task=publish] td.u")).ToHaveCountAsync(1);
        Assert.True(await tab.EvaluateAsync<bool>("() => window.sameDocument === true"));
        await Chromium.ShotAsync(tab, "walk-grid");

        // From the failing cell to the failing line, and on from there.
        await tab.Locator("tr[data-task=load] td.f a").ClickAsync();
        await Expect(tab.Locator("#panel .err")).ToContainTextAsync("the table orders_20260103 is locked");
        await tab.Locator("#panel").GetByRole(AriaRole.Link, new() { Name = "Open log" }).ClickAsync();
        await Expect(tab.Locator(".ln.e.tgt span")).ToContainTextAsync("orders_20260103 is locked");
        await Expect(tab.Locator(".ln.e.tgt")).ToBeInViewportAsync();
        await Expect(tab.Locator("#loghead .pill")).ToHaveTextAsync("Failed");
        await Chromium.ShotAsync(tab, "walk-log");
        at.Open("walk-mended");
        await tab.GetByRole(AriaRole.Button, new() { Name = "Retry from here" }).ClickAsync();
        await Expect(tab.Locator(".said")).ToContainTextAsync("2 task instances");
        await Expect(tab.Locator("#loghead .pill")).ToHaveTextAsync("Succeeded");
        await Expect(tab.Locator("#lines")).ToContainTextAsync("Loaded");
        await tab.Locator(".crumb").GetByRole(AriaRole.Link, new() { Name = "walked" }).ClickAsync();
        await Expect(tab.Locator("tr[data-task=publish] td.s")).ToHaveCountAsync(5);

        await StartWithArgumentsAsync(tab);

        // A second backfill, held again, is cancelled with what runs.
        at.Close("walk-extract");
        await tab.GotoAsync("/backfills/new?dag=walked");
        await FillBackfillAsync(tab, "2026-01-10", "2026-01-29");
        await Expect(tab.Locator("#start")).ToHaveTextAsync("Start 20 runs");
        await tab.Locator("#start").ClickAsync();
        await Expect(tab.Locator("tr[data-run] .mark.r").First).ToBeVisibleAsync();
        await tab.GetByRole(AriaRole.Link, new() { Name = "Cancel" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "and stop" }).ClickAsync();
        await Expect(tab.Locator(".dhead .pill")).ToHaveTextAsync("Cancelled");
        await at.UntilAsync("the bodies are stopped", () => at.HasWritten("walk-extract-stopped"));
        Assert.Empty(chromium.Problems);
    }

    /// <summary>A run from the form: what is typed wrong is told, what is typed right reaches the body.</summary>
    private static async Task StartWithArgumentsAsync(IPage tab)
    {
        await tab.GetByRole(AriaRole.Link, new() { Name = "Trigger run" }).ClickAsync();
        await tab.Locator("[name='arg.rows']").FillAsync("many");
        await tab.GetByRole(AriaRole.Button, new() { Name = "Trigger run" }).ClickAsync();
        await Expect(tab.Locator(".wrong")).ToHaveCountAsync(1);
        await tab.Locator("[name='arg.rows']").FillAsync("250");
        await tab.Locator("[name='arg.region']").SelectOptionAsync(new SelectOptionValue { Label = "Apac" });
        await tab.GetByRole(AriaRole.Button, new() { Name = "Trigger run" }).ClickAsync();
        await Expect(tab.Locator("h1")).ToHaveTextAsync(RunHeading());
        await Expect(tab.Locator(".dhead .pill")).ToHaveTextAsync("Succeeded");
        await tab.GetByRole(AriaRole.Link, new() { Name = "Logs" }).ClickAsync();
        await Expect(tab.Locator("#merged")).ToContainTextAsync("Batch 1 of 250 rows for Apac");
    }

    private static async Task SignInAsync(IPage tab, string name, string password)
    {
        await tab.GotoAsync("/");
        await tab.GetByLabel("Name").FillAsync(name);
        await tab.GetByLabel("Password").FillAsync(password);
        await tab.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(tab.Locator("#search")).ToBeVisibleAsync();
    }

    private static async Task FillBackfillAsync(IPage tab, string from, string to)
    {
        await tab.GetByLabel("From", new() { Exact = true }).FillAsync(from);
        await tab.GetByLabel("To, inclusive").FillAsync(to);
    }

    [GeneratedRegex(@"^Run \d+$")]
    private static partial Regex RunHeading();
}
