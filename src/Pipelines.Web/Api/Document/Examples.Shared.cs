namespace Pipelines.Web.Api.Document;

/// <content>Examples of what tasks and workers share.</content>
internal static partial class Examples
{
    private static object[] Shared =>
    [
        new LockJson("table-x", 815, "orders_daily", 1, "load", null, 1, "etl-01", At, At.AddSeconds(30), 2),
        new QueueStatsJson("default", 120, 96, 3, 42.5, 32, 2, 32, 16, 8, [new QueueVersionJson("orders_daily", "5f0c2e", 120, 32)]), new QueueVersionJson("orders_daily", "5f0c2e", 120, 32),
    ];
}
