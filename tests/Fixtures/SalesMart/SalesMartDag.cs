using Microsoft.Extensions.Logging;
using Pipelines;

namespace SalesMart;

/// <summary>What a data team runs every night: groups, a mapped task, a failure now and then. Nothing is really moved.</summary>
[Dag("daily_sales_mart", Cron = "0 3 * * *", TimeZone = "Europe/Berlin", Start = "2025-11-15", Catchup = Catchup.All, MaxActiveRuns = 8,
    Owner = "Sales data", Tags = ["sales", "tier-1"], Description = "Orders, returns and stock of all shops into the sales mart, reconciled and published by 04:00.")]
public sealed class SalesMartDag : Dag
{
    public static readonly Asset Orders = new("mart/fct_orders");

    public override void Define(DagBuilder dag)
    {
        dag.Defaults(retry: new RetryPolicy { Retries = 1, Delay = TimeSpan.FromMilliseconds(100) }, timeout: TimeSpan.FromMinutes(30));
        dag.Notify(NotifyOn.Failure, "on-call");
        var window = dag.Task("open_load_window", Body.Work);
        var ingest = dag.Group("ingest", g =>
        {
            var shops = g.Task("list_shops", Shops);
            var inventory = g.Map("extract_inventory", Inventory, shops).Pool("api");
            var extracts = new[] { "extract_orders", "extract_customers", "extract_fx_rates" }.Select(id => g.Task(id, Body.Work).Pool("api")).ToArray();
            g.Task("land_raw", Body.Work).After(inventory).After(extracts);
        }).After(window);
        var quality = dag.Group("quality", g =>
        {
            foreach (var id in new[] { "check_schema", "check_row_counts", "check_freshness" })
                g.Task(id, Body.Check);
        }).After(ingest);
        var staging = dag.Group("staging", g =>
        {
            foreach (var id in new[] { "stg_orders", "stg_order_lines", "stg_customers", "stg_products", "stg_prices", "stg_returns", "stg_stores" })
                g.Task(id, Body.Work).Pool("warehouse");
        }).After(quality);
        var marts = dag.Group("marts", g =>
        {
            var customer = g.Task("build_dim_customer", Body.Work).Pool("warehouse");
            var product = g.Task("build_dim_product", Body.Work).Pool("warehouse");
            var orders = g.Task("build_fct_orders", Body.Merge).Pool("warehouse", slots: 2).Retry(2, TimeSpan.FromMilliseconds(200)).After(customer, product).Produces(Orders);
            g.Task("build_fct_returns", Body.Work).Pool("warehouse").After(orders);
            g.Task("build_fct_inventory", Body.Work).Pool("warehouse").After(product);
        }).After(staging);
        var finance = dag.Group("finance", g =>
        {
            var reconciled = g.Task("reconcile_ledger", Body.Hold);
            g.Task("post_adjustments", Body.MonthEnd).After(reconciled);
        }).After(marts);
        var publish = dag.Group("publish", g =>
        {
            var model = g.Task("refresh_semantic_model", Body.Refresh).Retry(5, TimeSpan.FromSeconds(1));
            var partners = g.Task("list_partners", Partners);
            var export = g.Map("export_partner_files", Export, partners, maxParallel: 4);
            g.Task("notify_teams", Body.Work).After(model, export);
        }).After(marts);
        dag.Task("close_load_window", Body.Work).After(finance, publish).TeardownOf(window);
    }

    public string[] Shops() => [.. Enumerable.Range(1, 12).Select(n => $"shop-{n:00}")];

    public string[] Partners() => ["acme", "globex", "initech", "umbrella"];

    public async Task<int> Inventory(string shop, TaskContext context)
    {
        await Body.Work(context);
        context.Logger.LogInformation("{Shop}: {Articles} articles in stock", shop, 800 + Body.Dice(context, 400));
        return 1;
    }

    public async Task Export(string partner, TaskContext context)
    {
        await Body.Work(context);
        if (partner == "globex" && Body.Day(context) % 41 == 7)
            throw new IOException($"sftp://{partner}.example.com/in: connection reset by peer");
        context.Logger.LogInformation("Sent 3 files to {Partner}", partner);
    }
}

/// <summary>Runs whenever the orders of the mart are new.</summary>
[Dag("customer_360", Owner = "Marketing", Tags = ["sales"], Description = "One row a customer, after each refresh of the orders.")]
public sealed class Customer360Dag : Dag
{
    public override void Define(DagBuilder dag)
    {
        dag.Schedule(SalesMartDag.Orders);
        var profile = dag.Task("merge_profiles", Body.Work);
        dag.Task("score_customers", Body.Work).After(profile).Produces(new Asset("mart/customer_360"));
    }
}
