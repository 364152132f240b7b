using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines;

namespace Stock;

public sealed class StockServices : IDagServices
{
    public void Configure(IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(new Warehouse(configuration["Warehouse"] ?? "main"));
}

public sealed record Warehouse(string Name);

public enum Depth
{
    Quick,
    Full,
}

public sealed record CountArguments
{
    [Description("How many days back.")]
    public int Days { get; init; } = 7;

    public Depth Depth { get; init; } = Depth.Full;

    public string? Note { get; init; }
}

[Dag("stock_count", Cron = "0 6 * * *", Description = "Counts.")]
public sealed class StockCount(Warehouse warehouse, IConnections connections, IHttpClientFactory http, ILogger<StockCount> logger)
    : Dag<CountArguments>
{
    public override void Define(DagBuilder dag)
    {
        using var client = http.CreateClient();
        logger.LogInformation("Defining against {Connection}", connections["main"]);
        var parts = dag.Task(Read);
        dag.Task(Write, parts);
#if STOCK2
        dag.Task("check", () => Parts.Catalogue.Version).After(parts);
#endif
    }

    public string Read() => JsonSerializer.Serialize(new { warehouse.Name, Parts.Catalogue.Version, Arguments.Days });

    public void Write(string text, TaskContext context) => context.Logger.LogInformation("{Text}", text);
}

#if !STOCK2
[Dag("stock_yearly")]
public sealed class StockYearly : Dag
{
    public override void Define(DagBuilder dag) => dag.Task("only", () => 1);
}
#endif
