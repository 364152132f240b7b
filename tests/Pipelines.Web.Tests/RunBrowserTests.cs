using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>The pages of a run in a real browser.</summary>
public sealed class RunBrowserTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task Bars_and_head_change_while_the_run_moves()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("moving", "extract", "clean")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);

        await Tab.GotoAsync($"/runs/{got[0].Key.RunId}");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await Assertions.Expect(Tab.Locator("tr[data-row=extract] rect.bar.r")).ToHaveCountAsync(1);
        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await Assertions.Expect(Tab.Locator("tr[data-row=extract] rect.bar.s")).ToHaveCountAsync(1);
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        await Assertions.Expect(Tab.Locator(".dhead .pill")).ToHaveTextAsync("Failed");

        await Tab.Locator("text=Retry failed and blocked (1)").ClickAsync();
        await Tab.Locator("input[name=why]").FillAsync("mended");
        await Tab.Locator(".act button").ClickAsync();
        await Assertions.Expect(Tab.Locator(".dhead .pill")).ToHaveTextAsync("Running");
        NoProblems();
    }

    [Fact]
    public async Task A_graph_zooms_follows_its_run_and_shows_a_task()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("drawn", "extract", "clean")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);

        await Tab.GotoAsync("/dags/drawn/graph");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await Assertions.Expect(Tab.Locator("[data-node=extract]")).ToHaveClassAsync("gn r");
        await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await Assertions.Expect(Tab.Locator("[data-node=extract]")).ToHaveClassAsync("gn s");
        await Assertions.Expect(Tab.Locator("[data-node=clean]")).ToHaveClassAsync("gn r");
        await Tab.Keyboard.PressAsync("+");
        await Assertions.Expect(Tab.Locator("#zoom output")).ToHaveTextAsync("120%");
        await Tab.Locator("[data-zoom=f]").ClickAsync();
        await Assertions.Expect(Tab.Locator("#zoom output")).ToHaveTextAsync("100%");
        await Tab.Locator("[data-node=clean]").ClickAsync();
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync("clean");
        NoProblems();
    }

    [Fact]
    public async Task Pages_of_a_run_open_without_a_complaint_of_the_browser()
    {
        var run = await SampleRun.MakeAsync(World);
        var changed = await World.RegisterAsync(SampleRun.Spec with
        {
            Cron = "0 4 * * *", Tasks = [.. SampleRun.Spec.Tasks.Where(task => task.Id != "cleanup"), new TaskSpec { Id = "publish.notify_teams", Upstreams = [new EdgeSpec("publish.export_partner_files")] }],
        });
        foreach (var theme in new[] { "", "-dark" })
        {
            foreach (var (name, query) in new[]
            {
                ("gantt", "?task=marts.build_fct_orders"), ("gantt-zoom", "?zoom=900-1340&path=1&open=marts,finance"), ("run-tasks", "?tab=tasks"), ("run-logs", "?tab=logs"),
                ("run-events", "?tab=events"), ("run-arguments", "?tab=arguments"), ("run-notes", "?tab=notes"), ("run-retry", "?do=retry"), ("run-more", "?do=more"), ("run-graph", "?tab=graph&task=marts.build_fct_orders"),
            })
            {
                await Tab.GotoAsync($"/runs/{run}{query}");
                await ShotAsync(name + theme);
            }

            foreach (var (name, url) in new[]
            {
                ("graph", "graph?focus=marts.build_fct_orders"), ("graph-right", "graph?dir=right"), ("graph-closed", "graph?open=marts"), ("graph-list", "graph?view=list"), ("versions", "versions"), ("version", $"versions/{changed.Version}"),
            })
            {
                await Tab.GotoAsync($"/dags/{SampleRun.Dag}/{url}{(name.StartsWith("graph", StringComparison.Ordinal) ? $"&run={run}" : "")}");
                await ShotAsync(name + theme);
            }

            await Tab.Locator("#theme").ClickAsync();
        }

        NoProblems();
    }
}
