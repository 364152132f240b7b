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
internal sealed class LoadedVersion
{
    private readonly LoadedAssembly _assembly;
    private readonly HashSet<int> _takenByIndex;

    public LoadedVersion(DagSpec spec, LoadedAssembly assembly)
    {
        var number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no);
        (Spec, _assembly) = (spec, assembly);
        Inputs = [.. spec.Tasks.Select(task => task.Inputs.Select(input => TaskInput.Of(task, input, number)).ToArray())];
        CallbackOf = [.. spec.Tasks.Select(task => task is { Role: TaskRole.OnFailure or TaskRole.OnSuccess, Upstreams: [var of] } ? number[of.Task] : (int?)null)];
        _takenByIndex = [.. Inputs.SelectMany(inputs => inputs).Where(input => input.Kind == InputKind.SameIndex).Select(input => input.TaskNo)];
    }

    public DagSpec Spec { get; }

    /// <summary>Of each task, where its body's arguments come from.</summary>
    public TaskInput[][] Inputs { get; }

    /// <summary>Of each task whose callback it is; null: it is none, or one of the run.</summary>
    public int?[] CallbackOf { get; }

    public AsyncServiceScope CreateScope() => _assembly.CreateScope();

    public Dag CreateDag(IServiceScope scope) => _assembly.Create(Spec.Type, scope);

    /// <summary>Whether an output is worth keeping at hand: that of an element is where the next task of its mapped group takes it.</summary>
    public bool Keeps(InstanceKey key) => key.MapIndex < 0 || _takenByIndex.Contains(key.TaskNo);
}

/// <summary>Where an argument comes from.</summary>
/// <param name="TaskNo">The upstream.</param>
/// <param name="Kind">Which part of its output.</param>
internal readonly record struct TaskInput(int TaskNo, InputKind Kind)
{
    public static TaskInput Of(TaskSpec task, string input, Dictionary<string, int> number) =>
        input.EndsWith("[]", StringComparison.Ordinal) ? new(number[input[..^2]], InputKind.Element)
        : task.Upstreams.Any(edge => edge.Task == input && edge.Kind == EdgeKind.Index) ? new(number[input], InputKind.SameIndex)
        : new(number[input], InputKind.Whole);

    /// <summary>The instance whose output an instance of that index needs.</summary>
    public InstanceKey KeyFor(InstanceKey key) => new(key.RunId, TaskNo, Kind == InputKind.SameIndex ? key.MapIndex : -1);
}

/// <summary>Which part of an upstream's output an argument is.</summary>
internal enum InputKind
{
    Whole,

    /// <summary>The element of a list at the instance's index.</summary>
    Element,

    /// <summary>In a mapped group, the output of the upstream's instance of the same index.</summary>
    SameIndex,
}
