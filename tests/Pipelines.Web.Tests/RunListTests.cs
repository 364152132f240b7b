using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>Lists of runs: of all DAGs, and as a DAG's tab.</summary>
public sealed class RunListTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    private HttpClient? _browser;

    private HttpClient Browser => _browser ??= FormPress.Browser(Http.BaseAddress!, SignedIn);

    [Fact]
    public async Task Older_runs_follow_page_by_page_and_none_is_left_out()
    {
        var dag = await World.RegisterAsync(World.Chain("paged", "a"));
        var other = await World.RegisterAsync(World.Chain("other", "a"));
        var runs = await World.MakeRunsAsync(dag, First, 250);
        await World.MakeRunsAsync(other, First, 3);
        foreach (var start in new[] { "/dags/paged/runs", "/runs?dag=paged" })
        {
            var seen = new List<long>();
            for (var url = start; url.Length > 0;)
            {
                var page = await PageAsync(url);
                seen.AddRange(Runs(page));
                url = Of(page.Descendants("a").FirstOrDefault(a => Of(a, "id") == "older") ?? new XElement("a"), "href");
            }

            Assert.Equal(runs.Reverse(), seen);
        }

        Assert.Equal(100, Runs(await PageAsync("/runs")).Length);
        Assert.Equal(runs[9..12].Reverse(), Runs(await PageAsync("/dags/paged/runs?from=2026-01-11&to=2026-01-13")));
        Assert.Equal(100, Runs(await PageAsync("/dags/paged/runs?from=soon&to=&state=zz&kind=&before=x_y")).Length);
    }

    [Fact]
    public async Task State_and_kind_are_looked_for_and_all_of_it_is_a_file()
    {
        var dag = await World.RegisterAsync(World.Chain("filtered", "a"));
        var runs = await World.MakeRunsAsync(dag, First, 30);
        await World.ExecuteAsync("update dag_run set kind = 'm', state = 'f', started_at = created_at, finished_at = created_at + interval '90 s', created_by = '=cmd|calc,' where run_id = $1", runs[4]);
        await World.ExecuteAsync("update dag_run set state = 'r', started_at = created_at where run_id = $1", runs[5]);

        foreach (var (url, expected) in new[] { ("?state=f", runs[4]), ("?kind=m&state=f", runs[4]), ("?state=r", runs[5]) })
        {
            Assert.Equal([expected], Runs(await PageAsync("/runs" + url)));
            Assert.Equal([expected], Runs(await PageAsync("/dags/filtered/runs" + url)));
        }

        using var file = await Http.GetAsync(new Uri("/dags/filtered/runs?format=csv", UriKind.Relative));
        Assert.Equal("text/csv", file.Content.Headers.ContentType!.MediaType);
        var lines = (await file.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(31, lines.Length);
        Assert.EndsWith(",90,0,\"'=cmd|calc,\"", lines.Single(line => line.Contains("failed", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marked_runs_are_retried_and_cancelled_after_a_question()
    {
        var dag = await World.RegisterAsync(World.Chain("bulk", "a", "b"));
        var runs = await World.MakeRunsAsync(dag, First, 3);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "no rows", null));

        var (_, html) = await Browser.PressAsync("/dags/bulk/runs", "Retry what failed in marked");
        Assert.Contains("mark the runs first", html, StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync("/dags/bulk/runs", "Retry what failed in marked", ("run", $"{got[0].Key.RunId}"));
        Assert.Contains("2 task instances in 1 run will run again.", html, StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync("/dags/bulk/runs?state=r", "Cancel marked", ("run", $"{runs[2]}"));
        Assert.Contains("Cancel 1 run?", html, StringComparison.Ordinal);
        Assert.Equal('r', (await World.Store.RunAsync(runs[2], default))!.Run.State);
        (_, html) = await Browser.PressAsync("/dags/bulk/runs", "Cancel marked", ("run", $"{runs[2]}"), ("sure", "1"));
        Assert.Contains($"Run {runs[2]} is cancelled", html, StringComparison.Ordinal);
        Assert.Equal('c', (await World.Store.RunAsync(runs[2], default))!.Run.State);
    }

    private static long[] Runs(XElement page) =>
        [.. page.Descendants("tr").Select(tr => Of(tr, "data-run")).Where(run => run.Length > 0).Select(run => long.Parse(run, System.Globalization.CultureInfo.InvariantCulture))];
}
