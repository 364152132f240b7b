using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Postgres;
using Pipelines.Postgres.Embedded;
using Pipelines.Web;

namespace Pipelines.Cli.Roles;

/// <summary>What `up` was asked for.</summary>
internal sealed record UpOptions(string Home, Func<string, WebOptions> Web, string? Database, string? Dags, string? Plugins, string? HostName, int Slots, Payloads Payloads);

/// <summary>All roles in one process, on a PostgreSQL of its own unless it is given one.</summary>
internal sealed class UpRole(UpOptions options, TextWriter output, ILoggerFactory loggers)
{
    /// <summary>Runs until <paramref name="stop"/>. Calls <paramref name="ready"/> once the console answers and the first pass over the DAG folder is done.</summary>
    public async Task RunAsync(Func<UpRuntime, CancellationToken, Task>? ready, CancellationToken stop)
    {
        var home = new Home(options.Home);
        await using var server = options.Database is null
            ? await EmbeddedServer.StartAsync(home.Postgres, line => output.WriteLine($"  {line}"), stop).ConfigureAwait(false)
            : null;
        var connections = new Dictionary<string, string>();
        var database = options.Database;
        if (server is not null)
        {
            await server.EnsureDatabaseAsync("pipelines").ConfigureAwait(false);
            await server.EnsureDatabaseAsync("warehouse").ConfigureAwait(false);
            database = server.ConnectionString("pipelines");
            connections["warehouse"] = server.ConnectionString("warehouse");
        }

        await using var host = await EngineHost.OpenAsync(database!, home, connections, loggers, options.Payloads, stop).ConfigureAwait(false);
        var dags = Path.GetFullPath(options.Dags ?? home.Dags);
        var plugins = Directory.CreateDirectory(Path.GetFullPath(options.Plugins ?? home.Plugins)).FullName;
        if (options.Dags is null)
            Samples.Drop(dags, output);
        var console = new PostgresConsole(host.Db);
        var access = new PostgresAccess(host.Db);
        var served = options.Web(dags);
        await using var web = WebRole.Build(
            served, new Backend(console, new PostgresOperations(host.Db), access, new PostgresSettings(host.Db), new PostgresCallbacks(host.Db)) { Schedules = host.Schedules });
        await FirstAdmin.EnsureAsync(access, home.Directory, stop).ConfigureAwait(false);
        await web.StartAsync(stop).ConfigureAwait(false);
        var url = WebRole.Address(web).ToString();
        new UpFile(url, database!, Environment.ProcessId, connections).Write(home.Directory);
        output.WriteLine($"Console  {url}");
        await FirstAdmin.TellAsync(access, served.PublicUrl ?? new Uri(url), home.Directory, output, stop).ConfigureAwait(false);
        output.WriteLine($"DAGs     {dags}");

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var scheduler = host.CreateScheduler();
        using var deliverer = host.CreateDeliverer(plugins);
        using var worker = host.CreateWorker(new WorkerOptions { Slots = options.Slots, PublicUrl = served.PublicUrl ?? new Uri(url) });
        using var importer = host.CreateImporter(dags, HostName.Of(options.HostName, unlessGiven: server is null ? null : "local"));
        var roles = new[] { importer.RunAsync(ended.Token), worker.RunAsync(ended.Token), scheduler.RunAsync(ended.Token), deliverer.RunAsync(ended.Token) };
        var tracing = host.TraceAsync(ended.Token);
        try
        {
            await Task.WhenAny([importer.FirstPass, .. roles]).ConfigureAwait(false);
            if (ready is not null)
                await ready(new UpRuntime(host.Db, console, url), ended.Token).ConfigureAwait(false);
            output.WriteLine("Ready. Press Ctrl-C to stop.");
            await Task.WhenAny(roles).ConfigureAwait(false);
        }
        finally
        {
            if (stop.IsCancellationRequested)
                output.WriteLine("Stopping: running tasks finish first, for at most 30 s.");
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([.. roles, tracing]).ConfigureAwait(false);
            UpFile.Delete(home.Directory);
            await web.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}

/// <summary>What runs inside a started `up`, for the demo.</summary>
internal sealed record UpRuntime(Db Db, PostgresConsole Console, string Url);
