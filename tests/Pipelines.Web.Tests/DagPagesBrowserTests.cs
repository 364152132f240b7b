namespace Pipelines.Web.Tests;

/// <summary>Home, lists and the pages of a DAG in a browser; pictures of them for people, when they ask.</summary>
public sealed class DagPagesBrowserTests(TestServer server) : BrowserFixture(server)
{
    [Fact]
    public async Task Pages_around_a_DAG_open_without_a_complaint_of_the_browser()
    {
        var seen = await SampleDags.MakeAsync(World);
        await World.ExecuteAsync("analyze");
        var dag = "/dags/daily_sales_mart";
        (string Name, string Url)[] pages =
        [
            ("dag-home", "/"), ("dag-list", "/dags"), ("dag-grid", $"{dag}?run={seen.Run}&task={seen.Task}&runs=36&open=ingest.,quality.,marts.,finance.,publish."), ("dag-grid-run", $"{dag}?run={seen.Run}"),
            ("dag-grid-large", $"{dag}?density=large&runs=36"), ("dag-year", $"{dag}?density=year"),
            ("dag-calendar", $"{dag}/calendar?by=duration"), ("dag-runs", $"{dag}/runs"), ("dag-tasks", $"{dag}/tasks"), ("dag-task", $"{dag}/tasks/{seen.Task}"), ("dag-events", $"{dag}/events"),
            ("dag-details", $"{dag}/details"), ("schedule", "/schedule"), ("search", "/search?q=orders"),
        ];
        foreach (var dark in new[] { false, true })
        {
            foreach (var (name, url) in pages)
            {
                await Tab.GotoAsync(url);
                await ShotAsync(dark ? name + "-dark" : name);
            }

            await Tab.Locator("#theme").ClickAsync();
        }

        NoProblems();
    }
}
