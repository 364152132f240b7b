using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Loading;

/// <summary>The port's promises, kept in memory.</summary>
public sealed class CatalogInMemory : ICatalogStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string DagId, string Content), int> _versions = [];
    private readonly Dictionary<int, StoredVersion> _stored = [];

    public Dictionary<string, Bundle> Bundles { get; } = [];

    public Dictionary<string, (string Source, DagSpec Spec, string Bundle, bool Retired)> Dags { get; } = [];

    public Dictionary<string, IReadOnlyList<ImportError>> Errors { get; } = [];

    public List<string> NewVersions { get; } = [];

    public bool Unavailable { get; set; }

    /// <summary>Of this one it takes no errors.</summary>
    public string? Refused { get; set; }

    public int Calls { get; private set; }

    public IEnumerable<string> Active => Dags.Where(dag => !dag.Value.Retired).Select(dag => dag.Key).Order(StringComparer.Ordinal);

    public ImportError? ErrorOf(string? dagId) => Errors.Values.SelectMany(e => e).SingleOrDefault(e => e.DagId == dagId);

    public Task SaveBundleAsync(Bundle bundle, CancellationToken cancellation) => Locked(() =>
    {
        Bundles[bundle.Hash] = bundle;
        return true;
    });

    public Task<byte[]?> LoadBundleAsync(string hash, CancellationToken cancellation) => Locked(() => Bundles.GetValueOrDefault(hash)?.Zip);

    public Task<StoredVersion?> LoadVersionAsync(int versionId, CancellationToken cancellation) => Locked(() => _stored.GetValueOrDefault(versionId));

    /// <summary>The version that a DAG's new runs get.</summary>
    public int CurrentVersion(string dagId)
    {
        lock (_gate)
            return _versions[(dagId, SpecJson.Hash(Dags[dagId].Spec) + Dags[dagId].Bundle)];
    }

    public Task<RegisteredDag> RegisterAsync(string source, string bundleHash, DagSpec spec, CancellationToken cancellation) => Locked(() =>
    {
        Assert.True(Bundles.ContainsKey(bundleHash), "A version needs its bundle first.");
        if (Dags.TryGetValue(spec.Id, out var known) && known.Source != source && !known.Retired)
            throw new DagIdTakenException(spec.Id, known.Source);
        var isNew = _versions.TryAdd((spec.Id, SpecJson.Hash(spec) + bundleHash), _versions.Count + 1);
        if (isNew)
            NewVersions.Add(spec.Id);
        Dags[spec.Id] = (source, spec, bundleHash, false);
        var version = _versions[(spec.Id, SpecJson.Hash(spec) + bundleHash)];
        _stored[version] = new StoredVersion(version, spec.Id, spec, bundleHash, Bundles[bundleHash].Assembly);
        return new RegisteredDag(1, version, isNew);
    });

    public Task PlanAsync(int dagNo, int versionId, SchedulePlan plan, CancellationToken cancellation) => throw new NotSupportedException();

    public Task ReportAsync(string source, IReadOnlyList<ImportError> errors, CancellationToken cancellation) => Locked(() =>
    {
        if (source == Refused)
            throw new InvalidOperationException("what nobody has thought of");
        Assert.Equal(errors.Count, errors.Select(error => error.DagId ?? "").Distinct().Count());
        if (errors.Count == 0)
            Errors.Remove(source);
        else
            Errors[source] = errors;
        return true;
    });

    public Task<IReadOnlyList<string>> RetireAsync(string source, IReadOnlyCollection<string> exceptDagIds, CancellationToken cancellation) => Locked(() =>
    {
        var retired = Dags.Where(dag => dag.Value.Source == source && !dag.Value.Retired && !exceptDagIds.Contains(dag.Key)).Select(dag => dag.Key).ToList();
        foreach (var id in retired)
            Dags[id] = Dags[id] with { Retired = true };
        return (IReadOnlyList<string>)retired;
    });

    public Task<IReadOnlyList<string>> SourcesAsync(string prefix, CancellationToken cancellation) => Locked(() => (IReadOnlyList<string>)
        [.. Dags.Values.Where(dag => !dag.Retired).Select(dag => dag.Source).Concat(Errors.Keys).Where(s => s.StartsWith(prefix, StringComparison.Ordinal)).Distinct()]);

    private Task<T> Locked<T>(Func<T> act)
    {
        lock (_gate)
        {
            Calls++;
            if (Unavailable)
                throw new StoreUnavailableException("The test switched it off.", null);
            return Task.FromResult(act());
        }
    }
}
