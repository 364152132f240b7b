using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.Web.Tests;

public sealed class OperateBrowserTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task A_run_is_started_from_the_form()
    {
        await World.RegisterAsync(World.Chain("mart", "load") with { Arguments = JsonNode.Parse(TriggerTests.Schema) });
        await Tab.GotoAsync("/dags/mart/trigger");
        await Tab.Locator("[name='arg.lookbackDays']").FillAsync("120");
        await Tab.GetByRole(AriaRole.Button, new() { Name = "Trigger run" }).ClickAsync();
        await Expect(Tab.Locator(".wrong")).ToHaveTextAsync("It must be 90 or less.");
        await ShotAsync("trigger-wrong");
        await Tab.Locator("[name='arg.lookbackDays']").FillAsync("12");
        await Tab.GetByRole(AriaRole.Button, new() { Name = "JSON" }).ClickAsync();
        await Expect(Tab.Locator("textarea[name=json]")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("\"lookbackDays\": 12"));
        await ShotAsync("trigger-json");
        await Tab.GetByRole(AriaRole.Button, new() { Name = "Trigger run" }).ClickAsync();
        await Expect(Tab.Locator("h1")).ToHaveTextAsync("Run 1");
        NoProblems();
    }

    [Fact]
    public async Task The_queue_and_the_workers_change_by_themselves()
    {
        var worker = await SampleOperate.MakeAsync(World);
        await Tab.GotoAsync("/queue");
        await Expect(Tab.Locator("#ready tbody tr")).ToHaveCountAsync(3);
        await World.Operations.SetPoolAsync("warehouse", 3, "test", CancellationToken.None);
        await World.AdvanceAsync(worker, 5);
        await Expect(Tab.Locator("#ready tbody tr")).ToHaveCountAsync(2);
        await Tab.GotoAsync("/workers");
        await World.Operations.DrainWorkerAsync("etl-01", "test", CancellationToken.None);
        await Expect(Tab.Locator($"tr[data-worker='{worker}'] .st")).ToHaveTextAsync("draining");
        NoProblems();
    }

    [Fact]
    public async Task Pages_open_without_a_complaint_of_the_browser()
    {
        await SampleOperate.MakeAsync(World);
        await World.RegisterAsync(World.Chain("typed", "load") with { Arguments = JsonNode.Parse(TriggerTests.Schema) });
        foreach (var theme in new[] { "light", "dark" })
        {
            foreach (var (name, url) in new[]
            {
                ("trigger", "/dags/typed/trigger"), ("workers", "/workers"), ("pools", "/pools"), ("queue", "/queue"), ("errors", "/errors"), ("assets", "/assets"),
                ("asset", "/assets/warehouse/orders"), ("notifications", "/notifications?show=1"), ("audit", "/audit"), ("health", "/health/ui"),
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
