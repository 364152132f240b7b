using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

public sealed class BackfillTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_preview_says_what_each_policy_would_do_and_writes_nothing()
    {
        var dag = await World.RegisterAsync(Daily("sales"));
        var runs = await World.MakeRunsAsync(dag, First, 3);
        await EndAsync(runs[0], 's');
        await EndAsync(runs[1], 'f');

        var missing = await PageAsync("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-10");
        Assert.Equal(("7", "0", "3"), Figures(missing));
        Assert.Equal(["7 runs", "8 runs", "9 runs"], missing.Descendants("span").Where(span => Of(span, "data-count").Length > 0).Select(span => span.Value));
        var failed = await PageAsync("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-10&existing=failed&atonce=3&order=newest");
        Assert.Equal(("7", "1", "2"), Figures(failed));
        Assert.Contains("--existing failed --max-active 3 --newest-first", failed.Value, StringComparison.Ordinal);
        Assert.Contains("because its run has failed", failed.Value, StringComparison.Ordinal);
        Assert.Equal(10, failed.Descendants("rect").Count(rect => Of(rect, "class").StartsWith("day ", StringComparison.Ordinal)));
        Assert.Equal("Start 8 runs", Start(failed).Value);
        Assert.Empty(await World.Store.BackfillsAsync(null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task What_was_previewed_is_what_starts_and_an_overlap_is_refused_with_a_link()
    {
        await World.RegisterAsync(Daily("sales"));
        var page = await PageAsync("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-10&atonce=2&tasks=down&task=load");

        var shown = await PostAsync(page, "start");

        Assert.Equal("/backfills/1", shown.Path);
        var row = (await World.Store.BackfillAsync(1, CancellationToken.None))!;
        Assert.Equal((10, 2, new DateOnly(2026, 1, 10)), (row.Total, row.MaxActive, row.To));
        Assert.Equal(["load", "publish"], row.Tasks);
        Assert.Contains("Backfill 1 is created with 10 runs.", shown.Page.Value, StringComparison.Ordinal);
        var again = await PageAsync("/backfills/new?dag=sales&from=2026-01-10&to=2026-01-12");
        Assert.Contains(again.Descendants("a"), a => Of(a, "href") == "/backfills/1" && a.Ancestors().Any(one => Of(one, "role") == "alert"));
        Assert.Equal("disabled", Of(Start(again), "disabled"));
        Assert.Contains("is open and covers", (await PostAsync(page, "start")).Page.Value, StringComparison.Ordinal);
        Assert.Single(await World.Store.BackfillsAsync(null, 10, CancellationToken.None));
    }

    [Theory]
    [InlineData("from=2026-02-30&to=2026-03-01", "the first day '2026-02-30' is not a date")]
    [InlineData("from=2026-03-02&to=2026-03-01", "is after its last day")]
    [InlineData("from=2999-01-01&to=2999-03-01", "lies in the future")]
    [InlineData("from=1950-01-01&to=2026-01-01", "more than 10,000 runs")]
    [InlineData("from=2026-01-01&to=2026-01-02&tasks=pick", "no task is picked")]
    [InlineData("from=2026-01-01&to=2026-01-02&tasks=pick&task=lod", "Did you mean 'load'?")]
    [InlineData("from=2026-01-01&to=2026-01-02&arguments={", "takes no arguments")]
    public async Task What_cannot_be_made_says_why_and_keeps_what_was_typed(string query, string why)
    {
        await World.RegisterAsync(Daily("sales") with { Start = null });
        var page = await PageAsync($"/backfills/new?dag=sales&{query}");

        Assert.Contains(why, page.Value, StringComparison.Ordinal);
        Assert.Equal("disabled", Of(Start(page), "disabled"));
        Assert.Equal(query.Split('&')[0].Split('=')[1], page.Descendants("input").Single(input => Of(input, "name") == "from").Attribute("value")!.Value);
    }

    [Theory]
    [InlineData("existing=x&atonce=-5&order=&version=z&tasks=what&from=2026-01-01&to=2026-01-02")]
    [InlineData("atonce=99999999999999&from=2026-01-01&to=2026-01-02&preset=none")]
    public async Task Garbage_in_the_address_means_the_usual(string query)
    {
        await World.RegisterAsync(Daily("sales"));
        Assert.Contains("missing", (await PageAsync($"/backfills/new?dag=sales&{query}")).Descendants("input").Single(input => Of(input, "name") == "existing" && input.Attribute("checked") is not null).Attribute("value")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schedule_that_is_code_is_left_to_the_command_line_where_it_cannot_be_loaded()
    {
        await World.RegisterAsync(Daily("calendar") with { Cron = null, Schedule = new ScheduleSpec { Kind = ScheduleKind.Custom } });
        var page = await PageAsync("/backfills/new?dag=calendar&from=2026-01-01&to=2026-01-02");
        Assert.Contains("is code of its assembly", page.Value, StringComparison.Ordinal);
        Assert.Contains("pipelines backfill create calendar", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_dates_are_shown_by_months()
    {
        await World.RegisterAsync(Daily("sales"));
        var page = await PageAsync("/backfills/new?dag=sales&from=2020-01-01&to=2023-12-31");
        Assert.Equal(("1,461", "0", "0"), Figures(page));
        Assert.Equal(48, page.Descendants("table").Single().Element("tbody")!.Elements("tr").Count());
    }

    [Fact]
    public async Task A_backfill_is_steered_on_its_page()
    {
        await World.RegisterAsync(Daily("sales"));
        await PostAsync(await PageAsync("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-10"), "start");
        await PaceAsync(4);

        var page = await PageAsync("/backfills/1");
        Assert.Contains("0 of 10", page.Value, StringComparison.Ordinal);
        Assert.Equal(4, Rows(page).Count);
        page = (await PostAsync(page, "pause")).Page;
        Assert.Contains("is paused", page.Value, StringComparison.Ordinal);
        page = (await PostAsync(page, "resume")).Page;
        page = (await PostAsync(page, "speed", ("atonce", "7"))).Page;
        Assert.Equal("7", page.Descendants("b").Single(b => Of(b, "id") == "atonce").Value);
        Assert.Contains("7 runs at once", page.Value, StringComparison.Ordinal);

        await World.ExecuteAsync("select start_runs(1); update dag_run set state = 'f', finished_at = clock_timestamp() where run_id = 2");
        page = await PageAsync("/backfills/1?state=f");
        Assert.Equal(["2"], Rows(page));
        Assert.Contains("Retry 1 failed", page.Value, StringComparison.Ordinal);
        var open = await PageAsync("/backfills/1");
        page = await PageAsync("/backfills/1?confirm=cancel");
        Assert.Contains("let 1 running finish", page.Value, StringComparison.Ordinal);
        page = (await PostAsync(page, "cancel", ("stop", "true"))).Page;
        Assert.Contains("Cancelled", page.Value, StringComparison.Ordinal);
        Assert.Equal("ccc", await StatesAsync());
        Assert.DoesNotContain("confirm=cancel", page.ToString(), StringComparison.Ordinal);
        Assert.Contains("has ended already", (await PostAsync(open, "pause")).Page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_keeps_to_what_is_asked_for()
    {
        foreach (var dag in new[] { "sales", "stock" })
        {
            await World.RegisterAsync(Daily(dag));
            await PostAsync(await PageAsync($"/backfills/new?dag={dag}&from=2026-01-01&to=2026-01-02"), "start");
        }

        await World.Operations.PauseBackfillAsync(2, "test", CancellationToken.None);
        Assert.Equal(["2", "1"], Backfills(await PageAsync("/backfills")));
        Assert.Equal(["1"], Backfills(await PageAsync("/backfills?dag=sales")));
        Assert.Equal(["2"], Backfills(await PageAsync("/backfills?state=p")));
        Assert.Equal(["2", "1"], Backfills(await PageAsync("/backfills?state=nonsense&dag=")));
        Assert.Contains("There is no backfill 77.", (await PageAsync("/backfills/77", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
        Assert.Contains("There is no DAG 'nope'.", (await PageAsync("/backfills/new?dag=nope", HttpStatusCode.NotFound)).Value, StringComparison.Ordinal);
        Assert.Contains("sales", (await PageAsync("/backfills/new")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_is_the_part_alone()
    {
        await World.RegisterAsync(Daily("sales"));
        var part = await Http.GetStringAsync(new Uri("/backfills/new?dag=sales&from=2026-01-01&to=2026-01-02&part=preview", UriKind.Relative));
        Assert.DoesNotContain("<html", part, StringComparison.Ordinal);
        Assert.Contains("Start 2 runs", part, StringComparison.Ordinal);
    }

    private static DagSpec Daily(string dag) => World.Chain(dag, "load", "publish") with { Cron = "0 0 * * *", TimeZone = "UTC" };

    private static (string, string, string) Figures(XElement page)
    {
        string Figure(string id) => page.Descendants("b").Single(b => Of(b, "id") == id).Value;
        return (Figure("create"), Figure("again"), Figure("leave"));
    }

    private static XElement Start(XElement page) => page.Descendants("button").Single(button => Of(button, "id") == "start");

    private static List<string> Rows(XElement page) => [.. page.Descendants("tr").Select(tr => Of(tr, "data-run")).Where(run => run.Length > 0)];

    private static List<string> Backfills(XElement page) => [.. page.Descendants("tr").Select(tr => Of(tr, "data-backfill")).Where(id => id.Length > 0)];

    private Task EndAsync(long run, char state) =>
        World.ExecuteAsync("update dag_run set state = $2::text::\"char\", started_at = created_at, finished_at = clock_timestamp() where run_id = $1", run, state.ToString());

    private Task PaceAsync(int dates) => World.ExecuteAsync(
        "select pace_backfill(1, null, array_agg(t), array_agg(t - interval '1 day'), array_agg(t), max(t), false) from (select $1::timestamptz + make_interval(days => i) t from generate_series(0, $2 - 1) i) x",
        First.UtcDateTime, dates);

    private async Task<string> StatesAsync() =>
        string.Concat((await World.Store.BackfillRunsAsync(1, null, 10, CancellationToken.None)).Where(run => run.RunId != 2).Select(run => run.State.ToString(CultureInfo.InvariantCulture)));
}
