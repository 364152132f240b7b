using System.CommandLine.Parsing;
using System.Globalization;

namespace Pipelines.EndToEnd.Tests;

/// <summary>An installation in which there is something of everything to look at: made by the product itself, from the samples and a DAG of a data team.</summary>
internal sealed class Scene(Installation at) : IAsyncDisposable
{
    private const string Mart = "daily_sales_mart";

    /// <summary>What the words in the addresses of the shots stand for.</summary>
    public Dictionary<string, string> Words { get; } = [];

    public Uri Url { get; private set; } = null!;

    /// <summary>What `up` has printed: the link that signs in is in it.</summary>
    public string Printed { get; private set; } = "";

    public static async Task<Scene> MakeAsync()
    {
        var scene = new Scene(await Installation.CreateAsync());
        try
        {
            await scene.SetUpAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public Task LoseDatabaseAsync() => at.StopServerAsync(Pipelines.Postgres.Embedded.EmbeddedStop.Immediate);

    public ValueTask DisposeAsync() => at.DisposeAsync();

    private async Task SetUpAsync()
    {
        var up = at.Start("up", "--port", "0", "--slots", "24");
        Url = (await UpFile.ReadyAsync(at, up)).Url;
        Printed = up.Output;
        await DoAsync("pools set warehouse --slots 8", "pools set api --slots 16", "pools set gpu --slots 1");
        at.Drop(Built.Fixture("SalesMart"));
        await at.LoadedAsync("ledger_close");
        await DoAsync(
            "backfill create seattle_weather --from 2014-07-01 --to 2015-12-31",
            "connections set crm --about 'customers, read only' --from-variable PATH", "variables set max_rows 5000 --about 'of one batch'", "variables set region EMEA",
            "users add ann --role operator --tag sales", "users add bob --role viewer", "tokens create ann --name 'nightly checks' --role viewer --days 90");
        at.DropCorrupt("Partners");
        foreach (var dag in new[] { "seattle_weather", "partner_feeds", Mart })
            await at.UntilAsync($"{dag} has run", async () => await at.CountAsync("select count(*) from dag_run join dag using (dag_no) where dag_id = $1 and state in ('q', 'r')", dag) == 0);

        await NameAsync("failed", "select run_id from dag_run r join dag using (dag_no) join task_instance t using (run_id) join dag_task d on d.version_id = r.version_id and d.task_no = t.task_no "
            + "where dag_id = $1 and d.task_id = 'marts.build_fct_orders' and t.state = 'f' order by run_id desc limit 1", Mart);
        await NameAsync("held", "select max(run_id) from dag_run join dag using (dag_no) where dag_id = $1", Mart);
        await NameAsync("version", "select version_id from dag where dag_id = $1", Mart);
        await NameAsync("weather", "select max(run_id) from artefact");
        Words["chart"] = (string)(await at.ScalarAsync("select name from artefact order by run_id desc limit 1"))!;
        await NameAsync("done", "select max(backfill_id) from backfill");
        at.Open("sales-held");
        await DoAsync(
            $"runs clear {Words["held"]} --why 'the shops sent corrections'", $"runs note {Words["failed"]} 'deadlock with the vacuum job, ticket 815'", "dags pause ledger_close",
            "runs start ml_feature_store --arg region=APAC --arg days=3", "backfill create ml_feature_store --from 2026-08-01 --to 2026-10-31 --max-active 4");
        await DoAsync("runs start ledger_adjustments", "runs start ledger_adjustments", "runs start ledger_adjustments");
        await at.UntilAsync("people are asked", async () => await at.CountAsync("select count(*) from approval where state = 'a'") == 3);
        await NameAsync("asked", "select min(run_id) from approval");
        await NameAsync("rejected", "select max(run_id) from approval");
        await DoAsync(
            $"approvals approve {Words["asked"]} approve_adjustments --why 'checked against the bank file'", $"approvals reject {Words["rejected"]} approve_adjustments --why 'the bank file is a day old'",
            $"runs signal {Words["asked"]} bank_confirmed --data 815");
        await NameAsync("features", "select max(run_id) from dag_run join dag using (dag_no) where dag_id = 'ml_feature_store' and backfill_id is null");
        await NameAsync("backfill", "select max(backfill_id) from backfill");
        await at.UntilAsync("something of the newest run runs, and something waits", async () =>
            await at.CountAsync("select count(distinct state) from task_instance where state in ('r', 'y') and run_id = $1", long.Parse(Words["held"], CultureInfo.InvariantCulture)) == 2);
    }

    private async Task NameAsync(string word, string sql, params object[] values) => Words[word] = (await at.CountAsync(sql, values)).ToString(CultureInfo.InvariantCulture);

    private async Task DoAsync(params string[] commands)
    {
        foreach (var command in commands)
            (await at.RunAsync([.. CommandLineParser.SplitCommandLine(command.Replace('\'', '"'))])).Succeeded();
    }
}
