using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>An importer and a worker as in one process, over stores in memory: what is dropped is imported, and its versions run.</summary>
public sealed class ReloadHost : IAsyncDisposable
{
    private readonly LoadingHost _loading = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly UnloadLog _unloaded = new();
    private readonly LogShipper _shipper;
    private readonly DagImporter _importer;
    private readonly Worker _worker;
    private readonly Task _run;
    private int _loads;
    private long _runs;

    public ReloadHost(WorkerOptions options, VersionTimes? times = null)
    {
        var unloads = new UnloadWatch(_unloaded);
        Gates = Directory.CreateDirectory(Path.Combine(_loading.Folder.Home, "gates")).FullName;
        Versions = new VersionCache(Catalog, _loading.Cache, Load, unloads, times ?? new VersionTimes(TimeSpan.Zero, TimeSpan.FromHours(1)));
        _importer = _loading.Importer(unloads: unloads);
        _shipper = new LogShipper(Store, NullLogger<LogShipper>.Instance);
        _shipper.Start();
        var executor = new TaskExecutor(options, Store, _shipper, new GateConnections(Gates), new GateConnections(Gates));
        _worker = new Worker(options, Store, Store, Versions, new OutputCache(Store), executor, NullLogger<Worker>.Instance);
        _run = Task.Run(() => _worker.RunAsync(_stop.Token));
    }

    public FakeStore Store { get; } = new();

    public CatalogInMemory Catalog => _loading.Catalog;

    public VersionCache Versions { get; }

    /// <summary>Loads by the worker.</summary>
    public int Loads => Volatile.Read(ref _loads);

    /// <summary>Assemblies that have left memory, the importer's included.</summary>
    public int Unloaded => _unloaded.Count;

    private string Gates { get; }

    /// <summary>Drops and imports a version, and returns its number.</summary>
    public async Task<int> ImportAsync(int version, string fixture = "Reload")
    {
        _loading.Folder.DropReload(version, fixture);
        await _importer.ImportOnceAsync();
        Assert.Empty(Catalog.Errors);
        return Catalog.CurrentVersion("reload");
    }

    /// <summary>Gives a run of the version to the worker; returns its number.</summary>
    public long Enqueue(int versionId, int task = 0)
    {
        var run = Interlocked.Increment(ref _runs);
        Store.Enqueue(OutcomeTests.Assigned(run, task) with { VersionId = versionId });
        return run;
    }

    public void Open(string gate) => File.WriteAllText(Path.Combine(Gates, gate), "");

    public async Task<Report> ReportAsync(long run)
    {
        await Until.Holds(() => Store.Accepted.Any(report => report.Key.RunId == run), $"run {run} is reported");
        return Store.Accepted.Single(report => report.Key.RunId == run);
    }

    /// <summary>The folders of the cache whose assemblies are mapped into this process, by the system's word.</summary>
    public int Mapped() => File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains(_loading.Folder.Home, StringComparison.Ordinal) && line.EndsWith("/Reload.dll", StringComparison.Ordinal))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..]).Distinct().Count();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run.WaitAsync(TimeSpan.FromSeconds(60));
        await _shipper.DisposeAsync();
        _worker.Dispose();
        _importer.Dispose();
        _stop.Dispose();
        _loading.Dispose();
    }

    private LoadedAssembly Load(string directory, string assembly)
    {
        Interlocked.Increment(ref _loads);
        return LoadedAssembly.Load(directory, assembly, services => services.AddSingleton<IConnections>(new GateConnections(Gates)), LoadingHost.Configuration);
    }

    private sealed class GateConnections(string gates) : IConnections, IVariables
    {
        public string this[string name] => gates;
    }

    /// <summary>Counts what the watch says of assemblies that have left memory.</summary>
    private sealed class UnloadLog : ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception).StartsWith("Unloaded ", StringComparison.Ordinal))
                Interlocked.Increment(ref _count);
        }
    }
}
