namespace Pipelines.Engine.Ports;

/// <content>The versions of a DAG.</content>
public partial interface IConsole
{
    /// <summary>The versions of a DAG, the newest first; empty: there is no such DAG.</summary>
    Task<IReadOnlyList<VersionRow>> VersionsAsync(string dagId, int limit, CancellationToken cancellation);

    /// <summary>One version of a DAG with its graph; null: it has none of that number.</summary>
    Task<VersionDetail?> VersionAsync(string dagId, int versionId, CancellationToken cancellation);
}

/// <summary>A version of a DAG: a graph, and the assembly that its bodies come from.</summary>
/// <param name="Hash">Of its graph and assembly.</param>
/// <param name="Folder">The dropped folder it was loaded from.</param>
/// <param name="Assembly">The assembly in it.</param>
/// <param name="BundleHash">Of the folder's content.</param>
/// <param name="LoadedAt">When it was loaded first.</param>
/// <param name="Current">New runs get it.</param>
/// <param name="OpenRuns">Queued or running runs that are pinned to it.</param>
public sealed record VersionRow(
    int VersionId, string Hash, string Folder, string Assembly, string BundleHash, int Tasks, DateTimeOffset LoadedAt, bool Current, int OpenRuns);

/// <param name="Before">The number of the version that was loaded before it; null: it is the first.</param>
public sealed record VersionDetail(VersionRow Version, DagSpec Spec, int? Before);
