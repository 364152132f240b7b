using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Loading;

/// <summary>What the host gives to DAG assemblies, and an importer over a <see cref="DropFolder"/>.</summary>
public sealed class LoadingHost : IDisposable
{
    public static readonly IConfiguration Configuration = new ConfigurationBuilder().Build();

    public DropFolder Folder { get; } = new();

    public CatalogInMemory Catalog { get; } = new();

    public List<string> Planned { get; } = [];

    public static SpecBuilder Specs { get; } = new(spec => spec.Cron == "61 * * * *" ? "Minute 61 does not exist." : null);

    public BundleCache Cache => field ??= new BundleCache(Folder.Home);

    /// <summary>The same instance, or a new one: a process that starts.</summary>
    public DagImporter Importer(TimeSpan? poll = null, BundleCache? cache = null, SpecBuilder? specs = null, UnloadWatch? unloads = null, TimeSpan? quiet = null) => new(
        Catalog, Folder.Root, "host", cache ?? Cache, specs ?? Specs, Plan, Services, Configuration, unloads ?? new UnloadWatch(NullLogger.Instance), NullLogger.Instance,
        new ImporterTimes(poll ?? TimeSpan.FromMilliseconds(50), quiet ?? TimeSpan.FromMilliseconds(20), TimeSpan.FromHours(1)));

    public string Source(string folder) => $"host:{Path.Combine(Folder.Root, folder)}";

    public string Unpacked(string fixture, string folder)
    {
        var bundle = Cache.Pack(new DagFolder(Folder.Drop(fixture, folder)));
        return Cache.Unpack(bundle.Hash, bundle.Zip);
    }

    public static void Services(IServiceCollection services) => services.AddSingleton<IConnections, NoConnections>();

    public void Dispose() => Folder.Dispose();

    private Task Plan(RegisteredDag registered, DagSpec spec, string bundleHash, CancellationToken cancellation)
    {
        Planned.Add(spec.Id);
        return Task.CompletedTask;
    }

    private sealed class NoConnections : IConnections
    {
        public string this[string name] => $"connection-{name}";
    }
}
