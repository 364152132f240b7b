namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>Which task has started a run, and which runs its own tasks have started.</summary>
    Task<Lineage> LineageAsync(long runId, CancellationToken cancellation);
}

/// <summary>What a run was started by, and what it has started.</summary>
/// <param name="Parent">The run whose task has started it; null: no task has.</param>
/// <param name="Children">The runs that its own tasks have started: 100 at most, open ones first.</param>
public sealed record Lineage(RelatedRun? Parent, IReadOnlyList<RelatedRun> Children)
{
    /// <summary>Of a run that no task has started, and whose tasks have started none.</summary>
    public static readonly Lineage None = new(null, []);
}
