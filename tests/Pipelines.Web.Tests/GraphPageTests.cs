using System.Net;
using System.Xml.Linq;
using Pipelines.Web.Views.Graph;

namespace Pipelines.Web.Tests;

public sealed class GraphPageTests(TestServer server) : ConsoleFixture(server)
{
    [Fact]
    public async Task Each_task_is_a_link_with_its_state_and_the_failure_is_painted()
    {
        var run = await SampleRun.MakeAsync(World);

        var page = await PageAsync($"/dags/{SampleRun.Dag}/graph?run={run}&focus=marts.build_fct_orders");

        var nodes = Nodes(page);
        Assert.Equal(21, nodes.Count);
        Assert.Equal("gn f sel", Of(nodes["marts.build_fct_orders"], "class"));
        Assert.Equal("gn u", Of(nodes["publish.export_partner_files"], "class"));
        Assert.Equal("marts.build_fct_orders, failed, attempt 3", Of(nodes["marts.build_fct_orders"], "aria-label"));
        Assert.Equal("ingest.extract_orders, 48 s, succeeded", Of(nodes["ingest.extract_orders"], "aria-label"));
        var edges = page.Descendants("path").Select(path => Of(path, "class")).Where(kind => kind.StartsWith("edge", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, edges.Count(kind => kind == "edge hot"));
        Assert.Equal(2 + 4 + 6 + 3 + 4, edges.Count(kind => kind == "edge up"));
        Assert.Contains("deadlock detected", page.Descendants("aside").Last().Value, StringComparison.Ordinal);

        var one = await PageAsync($"/dags/{SampleRun.Dag}/graph{Of(nodes["cleanup"], "href")}");
        Assert.Equal("gn s sel", Of(Nodes(one)["cleanup"], "class"));
    }

    [Fact]
    public async Task Groups_close_into_one_node_and_the_tab_of_the_run_shows_the_same()
    {
        var run = await SampleRun.MakeAsync(World);
        foreach (var url in new[] { $"/dags/{SampleRun.Dag}/graph?run={run}&open=marts", $"/runs/{run}?tab=graph&open=marts" })
        {
            var nodes = Nodes(await PageAsync(url));
            Assert.Equal(["cleanup", "finance.", "ingest.", "marts.build_dim_customer", "marts.build_dim_product"], nodes.Keys.Order(StringComparer.Ordinal).Take(5));
            Assert.Equal(1 + 5 + 5, nodes.Count);
            Assert.Equal("gn u", Of(nodes["finance."], "class"));
            Assert.Contains("open=finance%2Cmarts", Of(nodes["finance."], "href"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_run_and_with_garbage_the_graph_is_shown_too()
    {
        await World.RegisterAsync(World.Chain("fresh", "a", "b"));
        var page = await PageAsync("/dags/fresh/graph?dir=sideways&open=,,x&focus=nope&view=nope");
        Assert.Equal(["gn", "gn"], Nodes(page).Values.Select(node => Of(node, "class")));
        Assert.Contains("It has not run yet", page.Value, StringComparison.Ordinal);
        await PageAsync("/dags/fresh/graph?dir=right&view=list");
        Assert.Contains("The DAG 'fresh' has no run 99.", (await PageAsync("/dags/fresh/graph?run=99", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
        Assert.Contains("There is no DAG 'none'.", (await PageAsync("/dags/none/graph", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_has_not_changed_is_not_sent_again()
    {
        var run = await SampleRun.MakeAsync(World);
        var url = $"/dags/{SampleRun.Dag}/graph?run={run}&part=graph";
        using var first = await Http.GetAsync(new Uri(url, UriKind.Relative));
        async Task<HttpStatusCode> AgainAsync()
        {
            using var again = new HttpRequestMessage(HttpMethod.Get, url);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var answer = await Http.SendAsync(again);
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotModified, await AgainAsync());
        await World.ExecuteAsync("update task_instance set state = 's' where run_id = $1 and task_no = 12", run);
        Assert.Equal(HttpStatusCode.OK, await AgainAsync());
    }

    [Fact]
    public async Task Versions_tell_what_changed_and_paint_it()
    {
        var old = SampleRun.Spec with { Id = "changing" };
        await World.RegisterAsync(old);
        var tasks = old.Tasks.Where(task => task.Id != "quality.check_freshness").Select(task => task.Id switch
        {
            "cleanup" => task with { Retry = new RetryPolicy { Retries = 3 } },
            _ => task with { Upstreams = [.. task.Upstreams.Where(up => up.Task != "quality.check_freshness")] },
        }).Append(new TaskSpec { Id = "report", Upstreams = [new EdgeSpec("cleanup")] }).ToList();
        var second = await World.RegisterAsync(old with { Cron = "0 4 * * *", Tasks = tasks });
        await World.MakeRunsAsync(second, SampleRun.Start, 2);

        var list = await PageAsync("/dags/changing/versions");
        var rows = list.Descendants("tr").Where(row => row.Attribute("data-version") is not null).ToList();
        Assert.Equal(2, rows.Count);
        Assert.Contains("new runs get it", rows[0].Value, StringComparison.Ordinal);
        Assert.Equal(["2", "none"], rows.Select(row => row.Elements("td").Last().Value));

        var page = await PageAsync($"/dags/changing/versions/{second.Version}");
        var diff = page.Descendants("div").Single(div => Of(div, "id") == "diff").Value;
        foreach (var text in new[] { "report", "quality.check_freshness", "cleanup → report", "ingest.land_raw → quality.check_freshness", "cron:", "0 3 * * *", "0 4 * * *", "retry:" })
            Assert.Contains(text, diff, StringComparison.Ordinal);
        Assert.Equal("gn chg-a", Of(Nodes(page)["report"], "class"));
        Assert.Equal("gn chg-d", Of(Nodes(page)["quality.check_freshness"], "class"));
        Assert.Equal("gn chg-c", Of(Nodes(page)["cleanup"], "class"));
        Assert.Contains(page.Descendants("path"), path => Of(path, "class") == "edge removed");

        var first = int.Parse(Of(rows[1], "data-version"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains("It is the first version", (await PageAsync($"/dags/changing/versions/{first}")).Value, StringComparison.Ordinal);
        Assert.Contains("Its graph is that of", (await PageAsync($"/dags/changing/versions/{first}?against={first}")).Value, StringComparison.Ordinal);
        await PageAsync($"/dags/changing/versions/{first}?against={second.Version}&open=.&dir=right");
        Assert.Contains("has no version 999", (await PageAsync("/dags/changing/versions/999", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
        await PageAsync($"/dags/changing/versions/{first}?against=999", HttpStatusCode.NotFound);
        await PageAsync("/dags/none/versions", HttpStatusCode.NotFound);
    }

    [Fact]
    public void An_edge_that_was_turned_round_makes_no_cycle_in_both()
    {
        DagSpec Spec(params (string Id, string Up)[] tasks) => World.Chain("turned", "x") with
        {
            Tasks = [.. tasks.Select(task => new TaskSpec { Id = task.Id, Upstreams = [.. task.Up.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(up => new EdgeSpec(up))] })],
        };
        var (before, after) = (Spec(("a", ""), ("b", "a"), ("c", "b")), Spec(("b", ""), ("a", "b"), ("c", "b")));
        var diff = VersionDiff.Of(before, after);
        Assert.Equal(("b", "a"), Assert.Single(diff.AddedEdges));
        Assert.Equal(("a", "b"), Assert.Single(diff.RemovedEdges));
        Assert.Equal([("a", "b"), ("b", ""), ("c", "b")], diff.Union(before, after).Tasks.Select(task => (task.Id, string.Join(' ', task.Upstreams.Select(up => up.Task)))).Order());
        Assert.True(VersionDiff.Of(before, Spec(("a", ""), ("b", "a"), ("c", "b"))).Same);
    }

    private static Dictionary<string, XElement> Nodes(XElement page) => page.Descendants("a").Where(a => a.Attribute("data-node") is not null).ToDictionary(a => Of(a, "data-node"));
}
