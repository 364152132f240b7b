using System.Xml.Linq;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

/// <summary>Groups and filters of the grid: all on the server, all in the URL.</summary>
public sealed class GridGroupTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_group_holds_its_tasks_together_and_shows_the_worst_of_them()
    {
        var run = await RunAsync("grouped");

        var page = await PageAsync("/dags/grouped");
        Assert.Equal(["begin", "stage.", "stage.a", "stage.in.", "stage.in.x", "stage.in.y", "end", "alone.one"], Rows(page));
        Assert.Equal("f", Cells(page)[("stage.", run)]);
        Assert.Equal(["begin", "stage", "a", "in", "x", "y", "end", "alone.one"], page.Descendants("tbody").First().Elements("tr").Select(tr => tr.Element("th")!.Element("a")!.Value));

        var closed = Of(page.Descendants("a").Single(a => Of(a, "class") == "tw" && a.Value == "stage"), "href");
        page = await PageAsync("/dags/grouped" + closed);
        Assert.Equal(["begin", "stage.", "end", "alone.one"], Rows(page));
        Assert.Equal("f", Cells(page)[("stage.", run)]);
        page = await PageAsync($"/dags/grouped{closed}&run={run}&task=stage.a");
        Assert.Contains("cur", Of(page.Descendants("tr").Single(tr => Of(tr, "data-task") == "stage.").Element("td")!, "class"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tasks_and_runs_are_filtered()
    {
        await RunAsync("filtered");
        Assert.Equal(["stage.", "stage.in.", "stage.in.x", "stage.in.y"], Rows(await PageAsync("/dags/filtered?q=in.&open=")).Take(4));
        Assert.Equal(["stage.", "stage.a"], Rows(await PageAsync("/dags/filtered?failing=1")));
        Assert.Contains("No run matches", (await PageAsync("/dags/filtered?type=m")).Value, StringComparison.Ordinal);
        Assert.Equal(8, Rows(await PageAsync("/dags/filtered?type=s&state=r")).Length);
        Assert.Equal(8, Rows(await PageAsync("/dags/filtered?type=nonsense&state=%00&q=&density=huge&runs=-3")).Length);
    }

    [Fact]
    public async Task Runs_of_a_rare_kind_are_found_among_many()
    {
        var dag = await World.RegisterAsync(World.Chain("rare", "a"));
        var runs = await World.MakeRunsAsync(dag, First, 300);
        await World.ExecuteAsync("update dag_run set kind = 'm' where run_id = $1", runs[10]);
        Assert.Equal([runs[10]], Cells(await PageAsync("/dags/rare?type=m")).Keys.Select(cell => cell.Run));
    }

    [Fact]
    public async Task Fifty_tasks_by_sixty_runs_are_a_small_page()
    {
        var dag = await World.RegisterAsync(World.Chain("big", [.. Enumerable.Range(0, 50).Select(i => $"group_{i / 10}.task_{i:00}")]));
        await World.MakeRunsAsync(dag, First, 60);
        await World.StartRunsAsync();
        await World.ExecuteAsync("update task_instance set state = case when (run_id * 31 + task_no * 17) % 23 = 0 then 'f' when (run_id * 13 + task_no) % 7 = 0 then 'k' else 's' end::\"char\"");
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/dags/big");
        asked.Headers.AcceptEncoding.ParseAdd("gzip");
        using var answer = await Http.SendAsync(asked);
        Assert.Contains("gzip", answer.Content.Headers.ContentEncoding);
        Assert.InRange((await answer.Content.ReadAsByteArrayAsync()).Length, 1000, 30_000);
    }

    [Theory]
    [InlineData("ssf", 'f')]
    [InlineData("sru", 'r')]
    [InlineData("suc", 'u')]
    [InlineData("snk", 'n')]
    [InlineData("..s", 's')]
    [InlineData("...", '.')]
    public void The_worst_state_stands_for_a_group(string strip, char worst) => Assert.Equal(worst, GridRows.Worst(strip, [0, 1, 2]));

    private static string[] Rows(XElement page) =>
        [.. page.Descendants("table").Single(t => Of(t, "class").StartsWith("grid", StringComparison.Ordinal)).Element("tbody")!.Elements("tr").Select(tr => Of(tr, "data-task"))];

    private async Task<long> RunAsync(string dagId)
    {
        var dag = await World.RegisterAsync(World.Chain(dagId, "begin", "stage.a", "end", "stage.in.x", "stage.in.y", "alone.one"));
        var run = (await World.MakeRunsAsync(dag, First, 1))[0];
        await World.StartRunsAsync();
        await World.ExecuteAsync("update task_instance set state = 'f' where run_id = $1 and task_no = 1", run);
        return run;
    }
}
