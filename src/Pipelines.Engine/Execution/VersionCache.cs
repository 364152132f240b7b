using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>The DAG versions that this worker has loaded, by their number; assemblies are fetched by hash and shared between DAGs.</summary>
public sealed class VersionCache(ICatalogStore catalog, BundleCache bundles, Func<string, string, LoadedAssembly> load)
{
    private readonly ConcurrentDictionary<int, Lazy<Task<LoadedVersion>>> _versions = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<LoadedAssembly>>> _assemblies = new();

    internal ValueTask<LoadedVersion> GetAsync(int versionId)
    {
        var version = _versions.GetOrAdd(versionId, id => new(() => LoadAsync(id)));
        if (version.Value.IsFaulted)
            _versions.TryRemove(new(versionId, version));         // the next attempt tries again
        return new(version.Value);
    }

    private async Task<LoadedVersion> LoadAsync(int versionId)
    {
        var stored = await catalog.LoadVersionAsync(versionId, CancellationToken.None).ConfigureAwait(false)
            ?? throw new FailTaskException($"DAG version {versionId} is not in the database.");
        var assembly = _assemblies.GetOrAdd(stored.BundleHash, hash => new(() => FetchAsync(hash, stored.Assembly)));
        try
        {
            return new LoadedVersion(stored.Spec, await assembly.Value.ConfigureAwait(false));
        }
        catch
        {
            _assemblies.TryRemove(new(stored.BundleHash, assembly));
            throw;
        }
    }

    private async Task<LoadedAssembly> FetchAsync(string hash, string assemblyName)
    {
        var folder = bundles.Find(hash);
        if (folder is null)
        {
            var zip = await catalog.LoadBundleAsync(hash, CancellationToken.None).ConfigureAwait(false)
                ?? throw new FailTaskException($"The assembly {assemblyName} of hash {hash[..12]} is not in the database.");
            folder = bundles.Unpack(hash, zip);
        }

        return load(folder, assemblyName);
    }
}

/// <summary>A version that attempts can run.</summary>
internal sealed class LoadedVersion(DagSpec spec, LoadedAssembly assembly)
{
    public DagSpec Spec { get; } = spec;

    /// <summary>Of each task the tasks whose outputs its body takes, by number.</summary>
    public int[][] Inputs { get; } = InputsOf(spec);

    public AsyncServiceScope CreateScope() => assembly.CreateScope();

    public Dag CreateDag(IServiceScope scope) => assembly.Create(Spec.Type, scope);

    private static int[][] InputsOf(DagSpec spec)
    {
        var number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no);
        return [.. spec.Tasks.Select(task => task.Inputs.Select(input => number[input.EndsWith("[]", StringComparison.Ordinal) ? input[..^2] : input]).ToArray())];
    }
}
