using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>A dropped folder, zipped, named by the hash of its content.</summary>
public sealed record Bundle(string Hash, string Folder, string Assembly, byte[] Zip);

/// <summary>A stored version, as a worker needs it.</summary>
public sealed record StoredVersion(int VersionId, string DagId, DagSpec Spec, string BundleHash, string Assembly);

/// <summary>A DAG that could not be loaded: what is wrong, and how to fix it.</summary>
/// <param name="Source">Host and folder.</param>
/// <param name="DagId">Null when the whole folder could not be loaded.</param>
/// <param name="File">The file's name in the folder.</param>
/// <param name="What">What is wrong, one line.</param>
/// <param name="Fix">How to fix it, one line.</param>
public sealed record ImportError(string Source, string? DagId, string File, string What, string Fix);

/// <summary>What registering a version gave.</summary>
public sealed record RegisteredDag(int DagNo, int VersionId, bool IsNew);

/// <summary>What the store keeps of a schedule. It understands none of it.</summary>
/// <param name="Key">What makes it this schedule and no other; null: manual runs only.</param>
/// <param name="Phrase">It in words, for the event that tells of a change.</param>
/// <param name="From">Of a DAG that had no schedule: nothing until then is looked at; null: until now.</param>
/// <param name="MinGap">Of a continuous schedule: the least time from the end of a run to the next.</param>
/// <param name="AutoPauseAfter">So many failed scheduled runs in a row pause the DAG.</param>
public sealed record SchedulePlan(string? Key, string Phrase, Instant? From = null, TimeSpan? MinGap = null, int? AutoPauseAfter = null);

/// <summary>What is loaded: bundles, DAGs and their versions, import errors.</summary>
public interface ICatalogStore
{
    Task SaveBundleAsync(Bundle bundle, CancellationToken cancellation);

    Task<byte[]?> LoadBundleAsync(string hash, CancellationToken cancellation);

    Task<StoredVersion?> LoadVersionAsync(int versionId, CancellationToken cancellation);

    /// <summary>Stores the graph as a version, once, and makes it the one that new runs get.</summary>
    /// <exception cref="DagIdTakenException">Another folder holds a DAG of this id.</exception>
    /// <exception cref="RefusedException">A task takes more slots than its pool has.</exception>
    Task<RegisteredDag> RegisterAsync(string source, string bundleHash, DagSpec spec, CancellationToken cancellation);

    /// <summary>
    /// Puts a version's schedule in force from now on, and makes the DAG due. What the former schedule named until now stays to be decided by that. The same schedule
    /// again changes no plan.
    /// </summary>
    Task PlanAsync(int dagNo, int versionId, SchedulePlan plan, CancellationToken cancellation);

    /// <summary>Replaces the import errors of a source; none clears them.</summary>
    Task ReportAsync(string source, IReadOnlyList<ImportError> errors, CancellationToken cancellation);

    /// <summary>Retires the DAGs of a source but those named: no new ticks, history stays. Returns the retired ids.</summary>
    Task<IReadOnlyList<string>> RetireAsync(string source, IReadOnlyCollection<string> exceptDagIds, CancellationToken cancellation);

    /// <summary>The sources with this prefix that hold a DAG or an import error.</summary>
    Task<IReadOnlyList<string>> SourcesAsync(string prefix, CancellationToken cancellation);
}

/// <summary>Two folders hold a DAG of the same id.</summary>
public sealed class DagIdTakenException(string dagId, string holder)
    : Exception($"The DAG id '{dagId}' is taken by the folder {holder}.")
{
    public string Holder { get; } = holder;
}
