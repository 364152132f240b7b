namespace Pipelines.Engine.Ports;

/// <param name="Name">The asset's.</param>
/// <param name="Producers">Tasks of the current versions, as <c>dag.task</c>.</param>
/// <param name="Consumers">The DAGs that its updates run.</param>
/// <param name="UpdatedAt">When it was updated last; null: never.</param>
/// <param name="RunId">Of the last update: the run in which it was produced.</param>
/// <param name="By">Of the last update: who told it from outside.</param>
public sealed record AssetRow(string Name, IReadOnlyList<string> Producers, IReadOnlyList<string> Consumers, DateTimeOffset? UpdatedAt, long? RunId, string? By);

/// <summary>An asset with its history.</summary>
/// <param name="Asset">It in a row.</param>
/// <param name="Waits">The DAGs that its updates run, each with what is there for the next run of it.</param>
/// <param name="Updates">The newest first, each with the runs that it started.</param>
public sealed record AssetDetail(AssetRow Asset, IReadOnlyList<AssetWait> Waits, IReadOnlyList<(AssetUpdate Update, IReadOnlyList<long> Runs)> Updates);

/// <summary>A DAG that is run by assets.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="Paused">It gathers updates and starts no runs.</param>
/// <param name="Condition">What must be updated.</param>
/// <param name="Updated">The assets of which updates wait for its next run.</param>
public sealed record AssetWait(string DagId, bool Paused, AssetCondition Condition, IReadOnlyList<string> Updated)
{
    /// <summary>What is still missing for its next run; null: nothing.</summary>
    public AssetCondition? Missing => Condition.Left(Updated);
}
