namespace Pipelines.Testing.Tests;

/// <summary>A DAG that is run by assets, as its author tests it.</summary>
public sealed class UpdatedTests
{
    [Fact]
    public async Task A_run_that_updates_start_sees_them_and_has_no_interval()
    {
        var run = await DagTest.For(new ByAssets()).At("2026-03-02").Updated(ByAssets.Orders, new { Rows = 3 }).Updated(ByAssets.Rates).RunAsync();
        Assert.Equal("orders {\"rows\":3} 2026-03-02, rates  2026-03-02, interval False", run.Output<string>("tell"));
    }

    [Fact]
    public async Task A_run_by_time_sees_none() => Assert.Equal(", interval True", (await DagTest.For(new ByAssets()).RunAsync()).Output<string>("tell"));

    [Fact]
    public async Task An_asset_that_it_does_not_wait_for_is_refused()
    {
        var refused = await Assert.ThrowsAsync<PipelinesException>(() => DagTest.For(new ByAssets()).Updated(new Asset("ordres")).RunAsync());
        Assert.Equal("'by_assets' is not scheduled by the asset 'ordres'; it is by orders or rates.", refused.Message);
    }

    [Dag("by_assets", Cron = "@daily")]
    private sealed class ByAssets : Dag
    {
        public static readonly Asset Orders = new("orders");
        public static readonly Asset Rates = new("rates");

        public override void Define(DagBuilder dag)
        {
            dag.Schedule(Orders | Rates);
            dag.Task(Tell);
        }

        private static string Tell(TaskContext context) =>
            string.Join(", ", context.Updates.Select(update => $"{update.Asset} {update.Extra} {update.At:yyyy-MM-dd}")) + $", interval {context.HasInterval}";
    }
}
