using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>
/// A DAG whose bodies are the test's: a is first, b takes what a returned, each is mapped over what list returned, and so is the group part; first is the
/// first of a and b. The callbacks return nothing, so what they are told goes into the log.
/// </summary>
public sealed class ScriptedDag(Func<TaskContext, int, Task<int>> script) : Dag
{
    public override void Define(DagBuilder dag)
    {
        var a = dag.Task("a", context => script(context, 0));
        var b = dag.Task("b", (int input, TaskContext context) => script(context, input), a);
        var list = dag.Task("list", () => new[] { 10, 20 });
        dag.Map("each", (int input, TaskContext context) => script(context, input), list);
        dag.FirstOf("first", a, b);
        dag.MapGroup("part", list, (g, part) =>
        {
            var raw = g.Task("raw", (int input, TaskContext context) => script(context, input), part);
            return g.Task("sum", (int one, int other, int[] all, TaskContext context) => script(context, one + other + all.Sum()), raw, part, list);
        });
        a.OnFailure(context => script(context, 0));
        dag.OnFailure(context => script(context, 0));
    }
}

/// <summary>A worker over the store in memory that runs <see cref="ScriptedDag"/>, loaded from this very assembly.</summary>
public sealed class WorkerHost : IAsyncDisposable
{
    private readonly DropFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly LogShipper _shipper;
    private readonly LoadedAssembly _assembly;
    private readonly TaskExecutor _executor;
    private readonly DagSpec _spec;
    private readonly Worker _worker;
    private Task? _run;

    public WorkerHost(Func<TaskContext, int, Task<int>> script, Func<TaskSpec, TaskSpec>? policies = null, WorkerOptions? options = null, AssetCondition? assets = null, ITraceStore? traces = null, Payloads? payloads = null)
    {
        var hash = new string('a', 64);
        Directory.CreateDirectory(Path.Combine(_folder.Home, "cache", "bundles", hash));
        _assembly = LoadedAssembly.Load(
            AppContext.BaseDirectory, "Pipelines.Engine.Tests",
            services => services.AddSingleton(script), LoadingHost.Configuration);
        _spec = Spec(policies ?? (spec => spec)) with { Assets = assets };
        var catalog = new OneVersion(new StoredVersion(1, "scripted", _spec, hash, "Pipelines.Engine.Tests"), version => BeforeLoad(version));
        Outputs = new OutputCache(Store, payloads);
        _shipper = new LogShipper(Store, NullLogger<LogShipper>.Instance);
        options ??= Quick;
        _executor = new TaskExecutor(options, Store, _shipper, new NoConnections(), new NoConnections(), payloads: payloads);
        _worker = new Worker(
            options, Store, Store, new VersionCache(catalog, new BundleCache(_folder.Home), (_, _) => _assembly, new UnloadWatch(NullLogger.Instance)), Outputs,
            _executor, NullLogger<Worker>.Instance, traces);
    }

    public static WorkerOptions Quick { get; } = new()
    {
        Slots = 4, Poll = TimeSpan.FromMilliseconds(20), Lease = TimeSpan.FromMinutes(1), Drain = TimeSpan.FromSeconds(20), CancelGrace = TimeSpan.FromSeconds(20),
    };

    public FakeStore Store { get; } = new();

    public OutputCache Outputs { get; }

    /// <summary>Awaited, with its number, before a version is loaded.</summary>
    public Func<int, Task> BeforeLoad { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs an attempt that the worker has not been given.</summary>
    internal Task<Report?> ExecuteAsync(RunningAttempt attempt) => _executor.ExecuteAsync(attempt, new LoadedVersion(1, _spec, _assembly), [], _ => { });

    public WorkerHost Start()
    {
        _shipper.Start();
        _run = Task.Run(() => _worker.RunAsync(_stop.Token));
        return this;
    }

    /// <summary>Done when the worker has been told; it may still be finishing.</summary>
    public Task AskToStopAsync() => _stop.CancelAsync();

    /// <summary>Asks the worker to stop; done when it has left.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await (_run ?? Task.CompletedTask).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>The accepted reports, once there are so many.</summary>
    public async Task<Report[]> ReportsAsync(int count, [CallerLineNumber] int line = 0)
    {
        await Until.Holds(() => Store.Accepted.Length >= count, $"{count} reports (line {line})");
        return Store.Accepted;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _shipper.DisposeAsync();
        _worker.Dispose();
        _assembly.Retire();
        _stop.Dispose();
        _folder.Dispose();
    }

    /// <summary>The number of a task in the stored graph, which has one that Define does not make: 4, gone.</summary>
    public static int Number(string task) => Stored.Tasks.Select(spec => spec.Id).ToList().IndexOf(task);

    private static DagSpec Stored { get; } = WithGone(DagBuilder.SpecOf(new ScriptedDag((_, _) => Task.FromResult(0)), new("scripted"), typeof(ScriptedDag).FullName!, null));

    private static DagSpec WithGone(DagSpec spec) => spec with { Tasks = [.. spec.Tasks.Take(4), new TaskSpec { Id = "gone" }, .. spec.Tasks.Skip(4)] };

    private static DagSpec Spec(Func<TaskSpec, TaskSpec> policies) => Stored with { Tasks = [.. Stored.Tasks.Select(policies)] };

    private sealed class NoConnections : IConnections, IVariables
    {
        public string this[string name] => throw new PipelinesException($"There is no connection '{name}'.");
    }

    private sealed class OneVersion(StoredVersion version, Func<int, Task> before) : ICatalogStore
    {
        public async Task<StoredVersion?> LoadVersionAsync(int versionId, CancellationToken cancellation)
        {
            await before(versionId);
            return versionId == version.VersionId ? version : null;
        }

        public Task<byte[]?> LoadBundleAsync(string hash, CancellationToken cancellation) => throw new NotSupportedException();

        public Task SaveBundleAsync(Bundle bundle, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<RegisteredDag> RegisterAsync(string source, string bundleHash, DagSpec spec, CancellationToken cancellation) => throw new NotSupportedException();

        public Task PlanAsync(int dagNo, int versionId, SchedulePlan plan, CancellationToken cancellation) => throw new NotSupportedException();

        public Task ReportAsync(string source, IReadOnlyList<ImportError> errors, CancellationToken cancellation) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> RetireAsync(string source, IReadOnlyCollection<string> exceptDagIds, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<string>> SourcesAsync(string prefix, CancellationToken cancellation) => throw new NotSupportedException();
    }
}

/// <summary>Tests that redirect the process's console run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OnTheConsole
{
    public const string Name = "console";
}

/// <summary>Tests that measure the memory of the whole process run while no other does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
