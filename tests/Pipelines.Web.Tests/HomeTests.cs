using System.Globalization;
using System.Xml.Linq;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Tests;

public sealed class HomeTests(TestServer server) : ConsoleFixture(server)
{
    private HttpClient? _browser;

    private HttpClient Browser => _browser ??= FormPress.Browser(Http.BaseAddress!, SignedIn);

    [Fact]
    public async Task A_failure_is_reached_from_home_to_its_line_and_runs_of_one_error_are_one_row()
    {
        var runs = await FailingAsync("orders", "row 17 is bad", "row 18 is bad", "disk full");

        var page = await PageAsync("/");

        var rows = Attention(page);
        Assert.Equal(2, rows.Count);
        Assert.Contains(rows, row => row.Value.Contains("disk full", StringComparison.Ordinal) && row.Value.Contains("1 run", StringComparison.Ordinal));
        var twice = rows.Single(row => row.Value.Contains("2 runs", StringComparison.Ordinal));
        var log = await PageAsync(Of(twice.Descendants("td").ElementAt(2).Element("a")!, "href"));
        Assert.Contains(log.Descendants("div"), div => Of(div, "id") == "L2" && Of(div, "class") == "ln e");
        await PageAsync(Of(twice.Descendants("a").First(), "href"));

        var (_, html) = await Browser.PressAsync("/", "Retry 2");
        Assert.Contains("load: 2 task instances in 2 runs will run again.", html, StringComparison.Ordinal);
        Assert.Equal(["f", "r", "r"], (await Task.WhenAll(runs.Select(run => World.Store.RunAsync(run, default)))).Select(run => run!.Run.State.ToString()).Order());
    }

    [Fact]
    public async Task The_window_owner_and_tag_stand_in_the_url_and_hold_for_everything()
    {
        await FailingAsync("mine", "a");
        await World.RegisterAsync(World.Chain("theirs", "load") with { Owner = "Them", Tags = ["tier-1"] });

        var page = await PageAsync("/?owner=Them&window=7d");
        Assert.Contains("Nothing needs you", page.Value, StringComparison.Ordinal);
        Assert.Equal(["theirs"], Dags(page));
        Assert.Equal(["/?window=1h&owner=Them", "/?owner=Them", "/?window=7d&owner=Them", "/?window=30d&owner=Them"], page.Descendants("span").Single(s => Of(s, "class") == "seg").Elements("a").Select(a => Of(a, "href")));
        Assert.Equal(["theirs"], Dags(await PageAsync("/?tag=tier-1")));
        Assert.Equal(2, Dags(await PageAsync("/?window=nonsense&owner=&tag=")).Length);
        await World.ExecuteAsync("update dag_run set finished_at = finished_at - interval '2 days'");
        Assert.Empty(Attention(await PageAsync("/?window=24h")));
        Assert.Single(Attention(await PageAsync("/?window=7d")));
    }

    [Fact]
    public async Task What_somebody_is_asked_needs_them_the_next_to_run_out_first()
    {
        var runs = await SampleLedger.MakeAsync(World);
        await World.ExecuteAsync("update approval set expires_at = clock_timestamp() + interval '30.5 min' where run_id = $1", runs[1]);
        var page = await PageAsync("/");
        var asked = page.Descendants("tr").Where(tr => Of(tr, "data-asked") == SampleLedger.Task).ToList();
        Assert.Equal(2, asked.Count);
        Assert.Contains("due in 30 min", asked[0].Value, StringComparison.Ordinal);
        Assert.Contains(asked[0].Descendants("a"), a => Of(a, "href") == $"/approvals/{runs[1]}/{SampleLedger.Task}" && a.Value == "Post these adjustments?");
        Assert.DoesNotContain("Nothing needs you", page.Value, StringComparison.Ordinal);
        await World.RegisterAsync(World.Chain("theirs", "load") with { Owner = "Them" });
        Assert.Contains("Nothing needs you", (await PageAsync("/?owner=Them")).Value, StringComparison.Ordinal);
        using var viewer = FormPress.Browser(Http.BaseAddress!, await World.SignInAsync("vera", 'v'));
        Assert.Contains("Nothing needs you", (await viewer.PageAsync("/")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_count_the_runs_of_the_window()
    {
        await FailingAsync("figures", "a", "b", "c");
        await World.ExecuteAsync("update dag_run set created_at = clock_timestamp() - make_interval(days => (3 - run_id)::int), started_at = created_at where run_id <= 3");
        var now = await World.Store.NowAsync(default);
        Assert.Equal(1, await RunsAsync(0.5));
        Assert.Equal(2, await RunsAsync(1.5));
        Assert.Equal(3, await RunsAsync(40));
        Assert.Equal(0, (await World.Store.FiguresAsync(now.AddDays(-40), ["nope"], default)).Runs);
        var figures = await World.Store.FiguresAsync(now.AddDays(-1.5), null, default);
        Assert.Equal((2, 0), (figures.Failed, figures.Succeeded));
        Assert.Equal(1, figures.Buckets[^1].Runs);

        async Task<int> RunsAsync(double days) => (await World.Store.FiguresAsync(now.AddDays(-days), null, default)).Runs;
    }

    [Fact]
    public async Task A_tick_that_was_made_up_for_is_not_late()
    {
        var now = await World.Store.NowAsync(default);
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("caught_up", "load")), now.AddMinutes(-30), 1);
        Assert.Null((await World.Store.FiguresAsync(now.AddDays(-1), null, default)).LagSeconds);
        await World.ExecuteAsync("update dag set created_at = created_at - interval '1 day'");
        Assert.InRange((await World.Store.FiguresAsync(now.AddDays(-1), null, default)).LagSeconds ?? 0, 1700, 1900);
    }

    [Fact]
    public async Task The_list_of_DAGs_is_filtered_sorted_and_remembered()
    {
        await World.RegisterAsync(World.Chain("b_orders", "a") with { Owner = "Zoe", Tags = ["x"], Cron = "*/5 * * * *" });
        await World.RegisterAsync(World.Chain("a_sales", "a") with { Description = "Of orders." });
        await World.RegisterAsync(World.Chain("c_other", "a"));
        await World.ExecuteAsync("update dag set paused = true where dag_id = 'c_other'");
        Assert.Equal(["a_sales", "b_orders", "c_other"], Dags(await PageAsync("/dags?sort=nonsense&state=&page=-1")));
        Assert.Equal(["a_sales", "b_orders"], Dags(await PageAsync("/dags?q=orders")));
        Assert.Equal(["c_other"], Dags(await PageAsync("/dags?state=paused")));
        Assert.Equal("b_orders", Dags(await PageAsync("/dags?sort=owner"))[0]);
        Assert.Contains("No DAG matches", (await PageAsync("/dags?q=zzz")).Value, StringComparison.Ordinal);

        var page = await Browser.PageAsync("/dags?tag=x");
        Assert.Contains("every 5 min", page.Value, StringComparison.Ordinal);
        Assert.Equal(["b_orders"], Dags(await Browser.PageAsync("/dags")));         // as it was used last
        Assert.Equal(3, Dags(await Browser.PageAsync("/dags?q=")).Length);           // and the URL goes first
    }

    [Fact]
    public async Task DAGs_are_paused_by_row_and_in_bulk()
    {
        foreach (var name in new[] { "one", "two", "three" })
            await World.RegisterAsync(World.Chain(name, "a"));
        var (_, html) = await Browser.PressAsync("/dags?q=", "Pause one");
        Assert.Contains("one is paused.", html, StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync("/dags", "Pause marked");
        Assert.Contains("mark the DAGs first", html, StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync("/dags", "Resume marked", ("dag", "one"));
        Assert.Contains("one is active again.", html, StringComparison.Ordinal);
        Assert.DoesNotContain(await World.Store.DagLinesAsync(default), dag => dag.Paused);
    }

    [Fact]
    public async Task The_side_bar_counts_and_tells_of_a_scheduler_that_is_late()
    {
        await World.RegisterAsync(World.Chain("late", "a"));
        await World.ExecuteAsync("update dag set next_due = clock_timestamp() - interval '5 min'; insert into import_error(source, dag_id, file, what, fix) values ('s', 'd', 'f', 'w', 'x')");
        var side = (await PageAsync("/dags")).Descendants("aside").First().Value;
        Assert.Contains("DAGs1", side, StringComparison.Ordinal);
        Assert.Contains("Import errors1", side, StringComparison.Ordinal);
        Assert.Contains("Scheduler is late", side, StringComparison.Ordinal);
        Assert.Contains("its tick is due, and no scheduler has made the run", (await PageAsync("/")).Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/5 * * * *", "every 5 min")]
    [InlineData("10 * * * *", "hourly at :10")]
    [InlineData("0 3 * * *", "03:00 daily")]
    [InlineData("@daily", "00:00 daily")]
    [InlineData("0 6 * * MON-FRI", "06:00 Mon to Fri")]
    [InlineData("0 6 * * 1,3", "06:00 on Mon, Wed")]
    [InlineData("0 22 L * *", "22:00 on the last day of the month")]
    [InlineData("15 */6 * * *", "every 6 h at :15")]
    [InlineData("0 0 1,15 * *", null)]
    [InlineData("*/7 * * * *", null)]
    [InlineData("0 0 * * MON#2", null)]
    [InlineData("0 0 0 * * *", null)]
    public void Usual_cron_expressions_are_said_in_words(string cron, string? words) => Assert.Equal(words, ScheduleWords.Cron(cron));

    private static List<XElement> Attention(XElement page) =>
        [.. page.Descendants("section").Single(s => Of(s, "id") == "attention").Descendants("tr").Where(tr => Of(tr, "data-dag").Length > 0)];

    private static string[] Dags(XElement page) =>
        [.. page.Descendants("table").Where(t => Of(t, "id") == "dags").Descendants("tr").Select(tr => Of(tr, "data-dag")).Where(id => id.Length > 0)];

    /// <summary>A run that has failed for each message.</summary>
    private async Task<long[]> FailingAsync(string dagId, params string[] messages)
    {
        var runs = await World.MakeRunsAsync(await World.RegisterAsync(World.Chain(dagId, "load")), new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), messages.Length);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, messages.Length);
        foreach (var (key, attempt) in got)
            await World.LogAsync(key, attempt, 1, ('I', "start"), ('E', "boom"));
        await World.AdvanceAsync(worker, 0, [.. got.Select((one, i) => (one.Key, one.Attempt, 'f', (string?)messages[i], (string?)$$"""{"type":"E","message":"{{messages[i]}}"}"""))]);
        return runs;
    }
}
