using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Loading;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>How long an assembly stays loaded that no attempt uses.</summary>
/// <param name="Superseded">When a newer version of one of its DAGs was used here: only runs that were under way need it.</param>
/// <param name="Unused">In any case: its DAGs may be retired, or run elsewhere.</param>
public sealed record VersionTimes(TimeSpan Superseded, TimeSpan Unused)
{
    public static readonly VersionTimes Default = new(TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
}

/// <summary>
/// The DAG versions that this worker has loaded, by their number; assemblies are fetched by hash and shared between DAGs. An attempt
/// holds a use of its version as long as its body runs. What is not used any more is unloaded, and loads anew when it is needed
/// again: a guess that was wrong costs some milliseconds, so that nobody has to be asked which versions are current.
/// </summary>
/// <param name="catalog">Versions, and the bundles that this machine does not have.</param>
/// <param name="bundles">The bundles that it has.</param>
/// <param name="load">Loads the assembly of a name from a folder.</param>
/// <param name="unloads">Told of every assembly that was loaded.</param>
/// <param name="times">For tests.</param>
public sealed class VersionCache(
    ICatalogStore catalog, BundleCache bundles, Func<string, string, LoadedAssembly> load, UnloadWatch unloads, VersionTimes? times = null)
{
    // The importer gave it 2 s; here it may be one of many that a worker starts with.
    private static readonly TimeSpan LoadLimit = TimeSpan.FromMinutes(1);

    private readonly VersionTimes _times = times ?? VersionTimes.Default;
    private readonly ConcurrentDictionary<int, Lazy<Task<LoadedVersion>>> _versions = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<LoadedAssembly>>> _assemblies = new();

    /// <summary>The version, which stays loaded until the result is disposed.</summary>
    internal async ValueTask<VersionUse> UseAsync(int versionId)
    {
        VersionUse? use;
        while ((use = await TryUseAsync(versionId).ConfigureAwait(false)) is null)
        {
        }

        return use.Value;
    }

    /// <summary>Null: it was retired between finding and using it; the next time it is loaded anew.</summary>
    private async ValueTask<VersionUse?> TryUseAsync(int versionId)
    {
        var cached = _versions.GetOrAdd(versionId, id => new(() => LoadAsync(id)));
        try
        {
            var version = await cached.Value.ConfigureAwait(false);
            if (version.TryUse() is { } use)
                return new VersionUse(version, use);
        }
        catch
        {
            _versions.TryRemove(new(versionId, cached));          // the next attempt tries again
            throw;
        }

        _versions.TryRemove(new(versionId, cached));
        return null;
    }

    /// <summary>Unloads what nobody has used for a while. Called every few seconds.</summary>
    internal void Sweep()
    {
        var loaded = _versions.Values.Where(version => version is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(version => version.Value.Result).ToList();
        var newest = loaded.GroupBy(version => version.Spec.Id).ToDictionary(same => same.Key, same => same.MaxBy(version => version.Id)!.Assembly);
        foreach (var together in loaded.GroupBy(version => version.Assembly))
        {
            var limit = together.Any(version => newest[version.Spec.Id] != together.Key) ? _times.Superseded : _times.Unused;
            if (together.Key.IdleFor is { } idle && idle >= limit)
                Retire(together.Key, [.. together.Select(version => version.Id)]);
        }
    }

    // An attempt that came by in this instant has its use, and the unloading waits for it.
    private void Retire(LoadedAssembly assembly, int[] versionIds)
    {
        foreach (var id in versionIds)
            _versions.TryRemove(id, out _);
        foreach (var (hash, cached) in _assemblies)
        {
            if (cached is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } && cached.Value.Result == assembly)
                _assemblies.TryRemove(new(hash, cached));
        }

        assembly.Retire();
    }

    private async Task<LoadedVersion> LoadAsync(int versionId)
    {
        var stored = await catalog.LoadVersionAsync(versionId, CancellationToken.None).ConfigureAwait(false)
            ?? throw new FailTaskException($"DAG version {versionId} is not in the database.");
        var assembly = _assemblies.GetOrAdd(stored.BundleHash, hash => new(() => FetchAsync(hash, stored.Assembly)));
        try
        {
            return new LoadedVersion(versionId, stored.Spec, await assembly.Value.ConfigureAwait(false));
        }
        catch
        {
            _assemblies.TryRemove(new(stored.BundleHash, assembly));
            throw;
        }
    }

    private async Task<LoadedAssembly> FetchAsync(string hash, string assemblyName)
    {
        var hold = bundles.Hold(hash);
        try
        {
            var folder = bundles.Find(hash);
            if (folder is null)
            {
                var zip = await catalog.LoadBundleAsync(hash, CancellationToken.None).ConfigureAwait(false)
                    ?? throw new FailTaskException($"The assembly {assemblyName} of hash {hash[..12]} is not in the database.");
                folder = bundles.Unpack(hash, zip);
            }

            var assembly = TimeLimit.Run(LoadLimit, $"Loading {assemblyName}", () => load(folder, assemblyName));
            unloads.Follow(assembly, $"{assemblyName} of hash {hash[..12]}", hold);
            return assembly;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }
}
