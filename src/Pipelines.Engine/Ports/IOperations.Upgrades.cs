namespace Pipelines.Engine.Ports;

public partial interface IOperations
{
    /// <summary>
    /// Moves open runs to another version of their DAG: tasks are matched by id, what they have come to stays, what waits is decided by the new graph. A transaction a run; those that cannot be
    /// moved are left alone and say why.
    /// </summary>
    /// <param name="request">Which runs, and to which version.</param>
    /// <param name="by">Who asks for it, and why.</param>
    /// <param name="cancellation">Stops between two runs.</param>
    Task<IReadOnlyList<UpgradedRun>> UpgradeRunsAsync(UpgradeRequest request, Actor by, CancellationToken cancellation);
}

/// <summary>Which open runs are to go over to which version: one, or all of a DAG.</summary>
public sealed record UpgradeRequest
{
    /// <summary>The run; null: the open runs of <see cref="DagId"/> that are on another version.</summary>
    public long? RunId { get; init; }

    /// <summary>The DAG whose open runs are meant; null: <see cref="RunId"/>.</summary>
    public string? DagId { get; init; }

    /// <summary>The version; null: the DAG's current one.</summary>
    public int? Version { get; init; }

    /// <summary>At most so many runs, the oldest first; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>Only says what would be done, by doing it and taking it back.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What going over to another version means for one run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="From">The version that it was on.</param>
/// <param name="To">The version that it is on now.</param>
/// <param name="Added">Tasks that only the new version has.</param>
/// <param name="Removed">Tasks that only the old one has: what they came to stays as history, what has not begun is taken away.</param>
/// <param name="Rewired">Tasks of both that wait for other ones than before.</param>
/// <param name="Refused">Why it was left alone; null: it was moved.</param>
public sealed record UpgradedRun(
    long RunId, int From, int To, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Rewired, string? Refused = null);
