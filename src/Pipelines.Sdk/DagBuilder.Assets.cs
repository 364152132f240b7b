namespace Pipelines;

/// <content>Runs that updates of assets start.</content>
public sealed partial class DagBuilder
{
    private AssetCondition? _assets;

    /// <summary>
    /// Runs the DAG when these assets have been updated since its last run that updates started: by tasks that succeeded, or from outside. Beside a schedule by time,
    /// which goes its own way. A run takes every update that has come until then, and sees them in <see cref="TaskContext.Updates"/>; it has no interval.
    /// While the DAG is paused, or such a run waits for its start, updates are gathered for one run.
    /// </summary>
    /// <exception cref="DagDefinitionException">It is called twice, or the condition is empty.</exception>
    /// <example><code>dag.Schedule(new Asset("warehouse/orders") &amp; new Asset("rates"));</code></example>
    public DagBuilder Schedule(AssetCondition updated)
    {
        ArgumentNullException.ThrowIfNull(updated);
        if (_assets is not null)
            throw new DagDefinitionException("The DAG has two asset conditions: dag.Schedule(assets) is called twice. Join them with & or |.");
        _assets = Check(updated);
        return this;
    }

    private static AssetCondition Check(AssetCondition condition)
    {
        var given = (condition.Asset is null ? 0 : 1) + (condition.All is null ? 0 : 1) + (condition.Any is null ? 0 : 1);
        if (given != 1 || condition.All is { Count: 0 } || condition.Any is { Count: 0 })
            throw new DagDefinitionException("The DAG's asset condition is empty. Name an asset: dag.Schedule(new Asset(\"warehouse/orders\")).");
        if (condition.Asset is not null)
            _ = new Asset(condition.Asset);
        foreach (var part in condition.All ?? condition.Any ?? [])
            Check(part);
        return condition;
    }

    /// <summary>A run that starts the next one would never end.</summary>
    private void FinishAssets()
    {
        if (_assets is not null && _tasks.FirstOrDefault(task => task.Spec.Produces?.Intersect(_assets.Names).Any() == true) is { } loop)
            throw new DagDefinitionException(
                $"Task '{loop.Id}' produces the asset '{loop.Spec.Produces!.Intersect(_assets.Names).First()}', by which its own DAG is scheduled: each run would start the next. "
                + "Take it out of dag.Schedule, or let another DAG produce it.");
    }
}
