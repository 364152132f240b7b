using Pipelines;

namespace Sales;

public sealed record Shop(string Name, decimal[] Sales);

[Dag("sales_daily", Cron = "0 2 * * *", TimeZone = "Europe/Kyiv", Start = "2026-01-01")]
public sealed class SalesDag : Dag
{
    public override void Define(DagBuilder dag)
    {
        var shops = dag.Task(Extract).Retry(3, TimeSpan.FromMinutes(1));
        var sums = dag.Map(SumUp, shops, maxParallel: 4).Timeout(TimeSpan.FromMinutes(5));
        dag.Task(Report, sums);
    }

    public Shop[] Extract(TaskContext context) => [new("Lviv", [120, 80]), new("Odesa", [40])];

    public decimal SumUp(Shop shop) => shop.Sales.Sum();

    public void Report(IReadOnlyList<decimal> sums, TaskContext context) =>
        context.Logger.LogInformation("{Day:yyyy-MM-dd}: {Total} in all", context.Interval.Start, sums.Sum());
}
