using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Cli.Roles;
using Pipelines.Postgres;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Benchmarks;

/// <summary>A database with the product's schema and the benchmarks' DAGs, and the product's own host on it.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;

    private Stage(string target, EngineHost host, ILoggerFactory loggers, TimeSpan imported) =>
        (Target, Host, _loggers, Imported, Bench) = (target, host, loggers, imported, new Bench(host.Db));

    public string Target { get; }

    public EngineHost Host { get; }

    public Bench Bench { get; }

    /// <summary>How long it took until the folder with all DAGs of the benchmarks was in the catalog.</summary>
    public TimeSpan Imported { get; }

    /// <summary>A database of a server that this program started.</summary>
    public static async Task<Stage> OpenAsync(EmbeddedServer server, string database, Home home, CancellationToken cancellation)
    {
        await server.EnsureDatabaseAsync(database);
        return await OpenAsync(server.ConnectionString(database), home, cancellation);
    }

    public static async Task<Stage> OpenAsync(string target, Home home, CancellationToken cancellation)
    {
        var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        var host = await EngineHost.OpenAsync(target, home, new Dictionary<string, string>(), loggers, Pipelines.Engine.Codecs.Payloads.None, cancellation);
        var asked = Stopwatch.GetTimestamp();
        using var importer = host.CreateImporter(Path.Combine(AppContext.BaseDirectory, "dags"), "local");
        using var imported = new CancellationTokenSource();
        var import = importer.RunAsync(imported.Token);
        await importer.FirstPass;
        var took = Stopwatch.GetElapsedTime(asked);
        await imported.CancelAsync();
        await import;
        var stage = new Stage(target, host, loggers, took);
        await stage.Bench.ExecuteAsync("commit_table");
        await stage.Bench.ExecuteAsync("pause", "bench_second", true);
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _loggers.Dispose();
    }
}
