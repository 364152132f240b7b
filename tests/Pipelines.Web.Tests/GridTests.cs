using System.Net;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

public sealed class GridTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_cell_shows_the_state_of_its_task_instance()
    {
        var dag = await World.RegisterAsync(World.Chain("orders", "extract", "load", "publish"));
        var runs = await World.MakeRunsAsync(dag, First, 3);
        await World.ExecuteAsync("update dag_version set max_active_runs = 2");
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 2);
        await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null), (got[1].Key, got[1].Attempt, 'f', "no rows", """{"type":"E","message":"no rows"}"""));

        var cells = Cells(await PageAsync("/dags/orders"));

        Assert.Equal(["s", "r", "n"], States(cells, runs[0]));
        Assert.Equal(["f", "u", "u"], States(cells, runs[1]));
        Assert.Equal(["n", "n", "n"], States(cells, runs[2]));
        static string[] States(Dictionary<(string Task, long Run), string> cells, long run) =>
            [cells[("extract", run)], cells[("load", run)], cells[("publish", run)]];
    }

    [Fact]
    public async Task Runs_of_older_versions_are_mapped_by_task()
    {
        var old = await World.RegisterAsync(World.Chain("versions", "a", "gone", "b"));
        var first = (await World.MakeRunsAsync(old, First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        var current = await World.RegisterAsync(World.Chain("versions", "fresh", "b", "a"));
        var second = (await World.MakeRunsAsync(current, First.AddDays(1), 1))[0];
        await World.StartRunsAsync();

        var grid = (await World.Store.GridAsync("versions", 10, null, CancellationToken.None))!;

        Assert.Equal(["fresh", "b", "a", "gone"], grid.Tasks.Select(task => task.TaskId));
        Assert.Equal([(first, ".nsr"), (second, "qnn.")], grid.Runs.Select(run => (run.Run.RunId, run.Strip)));
        var page = await PageAsync("/dags/versions");
        Assert.DoesNotContain(("fresh", first), Cells(page).Where(cell => cell.Value != "none").Select(cell => cell.Key));
        Assert.Equal(2, page.Descendants("td").Count(td => Of(td, "class") == "none" || Of(td, "class").StartsWith("none ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_mapped_task_whose_instances_run_is_shown_running()
    {
        var spec = World.Chain("mapped", "split", "each") with { };
        spec = spec with { Tasks = [spec.Tasks[0], spec.Tasks[1] with { Over = "split", Inputs = ["split[]"] }] };
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(spec), First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        var children = await World.AdvanceAsync(worker, 2, (got[0].Key, got[0].Attempt, 's', null, null));

        Assert.Equal(2, children.Count(child => child.Key.MapIndex >= 0));
        Assert.Equal("r", Cells(await PageAsync("/dags/mapped"))[("each", run)]);
        await PageAsync($"/runs/{run}/tasks/each/1");
        await PageAsync($"/runs/{run}/tasks/each/3", HttpStatusCode.NotFound);
        var panel = await PageAsync($"/dags/mapped?run={run}&task=each");
        Assert.Contains("3 instances", panel.Descendants("aside").Last().Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_years_of_days_are_one_small_page()
    {
        var dag = await World.RegisterAsync(World.Chain("daily", [.. Enumerable.Range(0, 40).Select(i => $"task_{i:00}")]));
        await World.MakeRunsAsync(dag, new DateTimeOffset(2022, 1, 2, 0, 0, 0, TimeSpan.Zero), 1461);
        await World.StartRunsAsync();
        await World.ExecuteAsync(
            """
            update task_instance set state = case when (run_id * 31 + task_no * 17) % 97 = 0 then 'f' when (run_id * 13 + task_no) % 53 = 0 then 'k' else 's' end::"char",
              finished_at = clock_timestamp();
            """);

        var text = await Http.GetStringAsync(new Uri("/dags/daily?density=year", UriKind.Relative));

        Assert.InRange(text.Length, 1000, 300_000);
        var bands = Parse(text).Descendants("svg").Where(svg => Of(svg, "class") == "years").ToList();
        Assert.Equal(["2022: 365 runs", "2023: 365 runs", "2024: 366 runs", "2025: 365 runs"], bands.Select(band => Of(band, "aria-label")));
        Assert.All(bands, band => Assert.Contains(band.Descendants("path"), path => Of(path, "class") == "line f"));
    }

    [Fact]
    public async Task The_window_and_the_selection_stand_in_the_url()
    {
        var dag = await World.RegisterAsync(World.Chain("windows", "only"));
        var runs = await World.MakeRunsAsync(dag, First, 90);

        Assert.Equal(60, Cells(await PageAsync("/dags/windows")).Count);
        var page = await PageAsync($"/dags/windows?runs=10&density=compact&end=2026-02-10T00:00:00Z&run={runs[35]}&task=only");
        Assert.Equal(runs[30..40], Cells(page).Keys.Select(cell => cell.Run).Order());
        var selected = page.Descendants("td").Single(td => Of(td, "class").Contains("cur", StringComparison.Ordinal));
        Assert.Equal($"?run={runs[35]}&density=compact&runs=10&end=2026-02-10T00%3A00%3A00Z&task=only", Of(selected.Element("a")!, "href"));
        Assert.Contains("2026-02-06", page.Descendants("aside").Last().Value, StringComparison.Ordinal);
        var part = await Http.GetStringAsync(new Uri($"/dags/windows?run={runs[0]}&task=only&part=panel", UriKind.Relative));
        Assert.Contains("its run waits for a place", part, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backfill_in_progress_is_told_on_the_grid()
    {
        var dag = await World.RegisterAsync(World.Chain("filled", "only"));
        await World.ExecuteAsync(
            """
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by)
            values ($1, '2026-01-01', '2026-01-05', 'missing', false, 2, 'r', 5, 'ann')
            """, dag.Dag);
        await World.MakeRunsAsync(dag, First, 5, backfill: 1);
        await World.StartRunsAsync();

        var banner = (await PageAsync("/dags/filled")).Descendants("a").Single(a => Of(a, "class") == "banner");
        Assert.Contains("Backfill 1 is running", banner.Value, StringComparison.Ordinal);
        Assert.Contains("0 of 5", banner.Value, StringComparison.Ordinal);
        Assert.Contains("0 of 5", (await PageAsync("/backfills")).Value, StringComparison.Ordinal);
        await PageAsync("/runs?backfill=1");
    }

    [Fact]
    public async Task Reads_of_operations_agree_with_the_engine()
    {
        var dag = await World.RegisterAsync(World.Chain("ops", "only") with { Tasks = [new TaskSpec { Id = "only", Pool = "warehouse" }] });
        var runs = await World.MakeRunsAsync(dag, First, 3);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);

        var none = CancellationToken.None;
        Assert.Equal(new PoolRow("warehouse", 16, 1, 2), Assert.Single(await World.Store.PoolsAsync(none)));
        Assert.True(Assert.Single(await World.Store.WorkersAsync(none)).Alive);
        Assert.Equal(3, (await World.Store.ExistingRunsAsync("ops", First, First.AddDays(3), none)).Count);
        Assert.Equal(runs.Reverse(), (await World.Store.RunsAsync("ops", 'r', null, 10, none)).Select(run => run.RunId));
        Assert.Equal(3, (await World.Store.RunsAsync(null, null, null, 10, none)).Count);
        Assert.Null(await World.Store.BackfillAsync(7, none));
        Assert.Equal(
            ["version loaded", "pool warehouse made with 16 slots: there was none of that name"], (await World.Store.DagAsync("ops", none))!.Recent.Select(told => told.Why));
        var attempt = Assert.Single(await World.Store.AttemptsAsync(got[0].Key, none));
        Assert.Equal(('r', "etl-01"), (attempt.State, attempt.Worker));
        Assert.Equal(3, (await World.Store.DagsAsync(none)).Single().Recent.Count);
    }
}
