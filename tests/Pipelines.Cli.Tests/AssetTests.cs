namespace Pipelines.Cli.Tests;

/// <summary>assets: who produces, who waits for what, and updates from outside.</summary>
public class AssetTests(TestServer server) : StoreTests(server)
{
    private const string Loader = """
        {"id":"loader","type":"T","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,
         "tasks":[{"id":"load","upstreams":[],"triggerRule":"AllSuccess","priority":0,"queue":"default","produces":["warehouse/orders"]}]}
        """;

    private const string Reporter = """
        {"id":"reporter","type":"T","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,"assets":{"all":[{"asset":"warehouse/orders"},{"asset":"rates"}]},
         "tasks":[{"id":"only","upstreams":[],"triggerRule":"AllSuccess","priority":0,"queue":"default"}]}
        """;

    [Fact]
    public async Task Updates_from_outside_and_from_a_task_start_a_run_that_shows_them()
    {
        (await CliAsync("assets", "list")).IsDone("No DAG names an asset.");
        await RegisterAsync();
        (await CliAsync("assets", "show", "rates")).IsDone("reporter runs on update of warehouse/orders and rates: its next run waits for warehouse/orders and rates", "It has not been updated yet.");
        (await CliAsync("assets", "update", "rates", "--extra", "{\"day\": \"2026-01-01\"}", "--why", "the bank's file came")).IsDone(
            "rates is updated.", "reporter: its next run waits for warehouse/orders (there: rates)");
        (await CliAsync("assets", "show", "rates")).IsDone("waits for warehouse/orders (there: rates)", Me, "the bank's file came", "{\"day\": \"2026-01-01\"}");

        var producer = await RunAsync("loader");
        await StartRunsAsync();
        await SqlAsync("select register_worker('w1', '{default}', 1, 600)");
        await SqlAsync("select count(*) from advance(1, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1)");
        await SqlAsync("select count(*) from advance(1, '{default}', array[$1], '{0}', '{-1}', '{1}', '{s}', array['7'::jsonb], '{0}', array[null], array[null::jsonb], 0)", producer);
        Assert.Equal(1, await SqlAsync("select start_asset_runs()"));
        var run = (long)(await SqlAsync("select max(run_id) from dag_run"))!;
        (await CliAsync("runs", "show", $"{run}")).IsDone("Kind", "asset", "warehouse/orders", $"run {producer} of loader, task load", "the bank's file came");
        (await CliAsync("runs", "list", "--dag", "reporter")).IsDone("asset");
        (await CliAsync("runs", "history", $"{run}")).IsDone($"updated: rates (by {Me}), warehouse/orders (run {producer}, task load)");
        var updates = (await CliAsync("runs", "show", $"{run}", "-o", "json")).Json()["updates"]!.AsArray();
        Assert.Equal(("""{"day":"2026-01-01"}""", "7", producer), (updates[0]!["extra"]!.ToJsonString(), updates[1]!["extra"]!.ToJsonString(), (long)updates[1]!["run"]!));

        (await CliAsync("assets", "update", "warehouse/orders", "--extra", "3000", "--why", "loaded by hand")).IsDone("reporter: its next run waits for rates (there: warehouse/orders)");
        (await CliAsync("assets", "list")).IsDone("warehouse/orders", "loader.load", "reporter", Me);
        var shown = (await CliAsync("assets", "show", "warehouse/orders", "-o", "json")).Json();
        Assert.Equal((run, "rates"), ((long)shown["updates"]![1]!["startedRuns"]![0]!, (string?)shown["consumers"]![0]!["missing"]));
        (await CliAsync("dags", "list")).IsDone("on update of warehouse/orders and rates");
        (await CliAsync("dags", "next", "reporter")).IsDone("reporter has no ticks: it runs on update of warehouse/orders and rates. `pipelines assets show warehouse/orders` says");
        (await CliAsync("dags", "show", "reporter")).IsDone("on update of warehouse/orders and rates");
    }

    [Fact]
    public async Task A_paused_consumer_is_said_with_how_to_resume_it()
    {
        await RegisterAsync();
        await CliAsync("dags", "pause", "reporter");
        await CliAsync("assets", "update", "rates");
        (await CliAsync("assets", "update", "warehouse/orders")).IsDone("everything is there, and it is paused: `pipelines dags resume reporter`");
        (await CliAsync("dags", "resume", "reporter")).IsDone("it runs on update of warehouse/orders and rates; updates that came while it was paused start one run together.");
        Assert.Equal(1, await SqlAsync("select start_asset_runs()"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_one_line()
    {
        await RegisterAsync();
        (await CliAsync("assets", "update", "warehouse/ordres")).IsRefused("there is no asset 'warehouse/ordres'; there are: rates, warehouse/orders. Did you mean 'warehouse/orders'?");
        (await CliAsync("assets", "show", "rate")).IsRefused("there is no asset 'rate'", "Did you mean 'rates'?");
        (await CliAsync("assets", "update", "rates", "--extra", "{rows: 3}")).IsRefused("the extra is not JSON", "{\"rows\": 3}");
        (await CliAsync("backfill", "preview", "reporter", "--from", "2026-01-01", "--to", "2026-01-02")).IsRefused("'reporter' has no schedule");
    }

    private async Task RegisterAsync()
    {
        foreach (var spec in new[] { Loader, Reporter })
            await SqlAsync("select version_id from register_version('test/' || ($1::jsonb ->> 'id'), 'b', md5($1), $1::jsonb)", spec);
    }
}
