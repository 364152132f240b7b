using Microsoft.Playwright;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.Web.Tests;

/// <summary>The console in a browser that runs no script.</summary>
public sealed class WithoutScriptTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task A_failure_is_found_read_retried_and_its_run_cancelled()
    {
        await World.Access.SetPasswordAsync("tester", Passwords.Hash("correct horse battery"), null, new Actor("cli:test", null), CancellationToken.None);
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("sales", "extract", "clean")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 2))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await World.LogAsync(key, attempt, 1, ('I', "first"), ('E', "it broke"));
        await World.AdvanceAsync(worker, 0, (key, attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        var tab = await OpenAsync(script: false, signedIn: false);

        await tab.GotoAsync("/dags/sales");
        await tab.GetByLabel("Name").FillAsync("tester");
        await tab.GetByLabel("Password").FillAsync("correct horse battery");
        await tab.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(tab.Locator("h1")).ToHaveTextAsync("sales");

        // The grid's cells are links with the state as their text; the heads of row and column say the rest.
        await Expect(tab.GetByRole(AriaRole.Rowheader, new() { Name = "extract" })).ToHaveCountAsync(1);
        await Expect(tab.GetByRole(AriaRole.Columnheader, new() { Name = "2026-01-02" })).ToHaveCountAsync(1);
        await tab.Locator("tr[data-task=extract]").GetByRole(AriaRole.Link, new() { Name = "failed", Exact = true }).ClickAsync();
        await Expect(tab.Locator("#panel .err")).ToContainTextAsync("boom");
        await tab.GetByRole(AriaRole.Link, new() { Name = "Open log" }).ClickAsync();
        await Expect(tab.Locator("#L2 span")).ToHaveTextAsync("it broke");
        await tab.GetByRole(AriaRole.Button, new() { Name = "Retry from here" }).ClickAsync();
        await Expect(tab.Locator(".said")).ToContainTextAsync("2 task instances");
        await Expect(tab.Locator("#loghead .pill")).ToHaveTextAsync("Queued");

        await tab.Locator(".crumb").GetByRole(AriaRole.Link, new() { Name = $"Run {run}" }).ClickAsync();
        await tab.GetByRole(AriaRole.Link, new() { Name = "Cancel" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Cancel 2 tasks" }).ClickAsync();
        await Expect(tab.Locator(".dhead .pill")).ToHaveTextAsync("Cancelled");

        await tab.Locator("#search").FillAsync("extr");
        await tab.Keyboard.PressAsync("Enter");
        await Expect(tab.Locator("#foundTasks a")).ToHaveTextAsync(["extract"]);
        NoProblems();
    }
}
