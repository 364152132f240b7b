using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Notifications;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Tracing;
using Pipelines.Postgres;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Roles;

/// <summary>Puts the engine together on one database: what every role of a process shares.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    private readonly IConnections _connections;
    private readonly IVariables _variables;
    private readonly BundleCache _bundles;
    private readonly ILoggerFactory _loggers;
    private readonly PostgresWorkerStore _workers;
    private readonly PostgresCatalogStore _catalog;
    private readonly Listener _listener;
    private readonly LogShipper _shipper;
    private readonly UnloadWatch _unloads;
    private readonly VersionCache _versions;

    private EngineHost(Db db, Home home, IReadOnlyDictionary<string, string> connections, ILoggerFactory loggers)
    {
        var stored = new StoredSettings(new PostgresSettings(db), KeyRing.Open(home.Keys));
        (Db, _connections, _variables, _loggers) = (db, new Connections(connections, stored), new Variables(stored), loggers);
        _bundles = new BundleCache(home.Directory);
        _workers = new PostgresWorkerStore(db);
        _catalog = new PostgresCatalogStore(db);
        _listener = new Listener(db);
        _shipper = new LogShipper(_workers, loggers.CreateLogger<LogShipper>());
        _shipper.Start();
        _unloads = new UnloadWatch(loggers.CreateLogger<UnloadWatch>());
        _versions = new VersionCache(_catalog, _bundles, Load, _unloads);
    }

    public Db Db { get; }

    /// <summary>Opens the database and brings it to this program's schema.</summary>
    public static async Task<EngineHost> OpenAsync(
        string database, Home home, IReadOnlyDictionary<string, string> connections, ILoggerFactory loggers, Payloads payloads, CancellationToken cancellation)
    {
        var db = new Db(database) { Payloads = payloads };
        try
        {
            await new Migrator(db).MigrateAsync(cancellation).ConfigureAwait(false);
            return new EngineHost(db, home, connections, loggers);
        }
        catch
        {
            await db.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Worker CreateWorker(WorkerOptions options)
    {
        ConsoleCapture.Install();
        var executor = new TaskExecutor(options, _workers, _shipper, _connections, _variables, new SharedByBodies(), Db.Payloads);
        return new Worker(options, _workers, _listener, _versions, new OutputCache(_workers, Db.Payloads), executor, _loggers.CreateLogger<Worker>(), new PostgresTraceStore(Db));
    }

    /// <summary>Schedules that are code of DAG assemblies, loaded when one is needed.</summary>
    public CustomSchedules Schedules => new(_versions);

    /// <summary>Tells of runs that have ended, where traces are collected.</summary>
    public Task TraceAsync(CancellationToken stop) =>
        Telemetry.On ? new RunTracer(new PostgresTraceStore(Db), TimeProvider.System, _loggers.CreateLogger<RunTracer>()).RunAsync(stop) : Task.CompletedTask;

    public Scheduler CreateScheduler() =>
        new(new SchedulerOptions(), new PostgresSchedulerStore(Db), _listener, Schedules, _loggers.CreateLogger<Scheduler>());

    /// <summary>Delivers notifications with the plugins that came with the program and those of the folder.</summary>
    /// <param name="plugins">The folder of plugins.</param>
    /// <exception cref="CommandException">The public address is none.</exception>
    public Deliverer CreateDeliverer(string plugins)
    {
        var notifiers = NotifierPlugins.Load([Path.Combine(AppContext.BaseDirectory, "plugins"), plugins], _bundles, _loggers.CreateLogger<NotifierPlugins>());
        return new Deliverer(
            new DelivererOptions { PublicUrl = PublicAddress.Of() }, new PostgresNotificationStore(Db), new Channels(Environment.GetEnvironmentVariable, notifiers), _listener, _loggers.CreateLogger<Deliverer>());
    }

    /// <param name="folder">The drop folder to watch.</param>
    /// <param name="machine">Names this machine in the sources of DAGs; the same over restarts.</param>
    public DagImporter CreateImporter(string folder, string machine)
    {
        Directory.CreateDirectory(folder);
        return new DagImporter(
            _catalog, folder, machine, _bundles, new SpecBuilder(ScheduleOf.Problem),
            (dag, spec, bundle, cancellation) => _catalog.PlanAsync(dag.DagNo, dag.VersionId, ScheduleOf.Plan(spec, bundle), cancellation),
            HostServices, Configuration(), _unloads, _loggers.CreateLogger<DagImporter>());
    }

    public async ValueTask DisposeAsync()
    {
        await _shipper.DisposeAsync().ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
        await Db.DisposeAsync().ConfigureAwait(false);
    }

    private LoadedAssembly Load(string directory, string assembly) => LoadedAssembly.Load(directory, assembly, HostServices, Configuration());

    private void HostServices(IServiceCollection services) => services.AddSingleton(_connections).AddSingleton(_variables);

    private static IConfiguration Configuration() => new ConfigurationBuilder().AddEnvironmentVariables().Build();
}
