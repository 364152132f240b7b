namespace Pipelines;

/// <content>What a task brings up to date.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>
    /// The task's success updates these assets, which runs the DAGs that are scheduled by them. Failing or being skipped updates nothing; run again, it updates them
    /// again. A mapped task updates once, when all of it has succeeded. What the task returns goes with the update, up to 4 kB.
    /// </summary>
    /// <exception cref="DagDefinitionException">There is no asset, or one is null.</exception>
    /// <example><code>dag.Task(Load, rows).Produces(new Asset("warehouse/orders"));</code></example>
    public TaskNode<T> Produces(params ReadOnlySpan<Asset> assets)
    {
        if (_task is null)
            return this;
        if (assets.Length == 0)
            throw new DagDefinitionException($"Task '{TaskId}': Produces names no asset. Name one: .Produces(new Asset(\"warehouse/orders\")).");
        List<string> names = [.. _task.Spec.Produces ?? []];
        foreach (var asset in assets)
            names.Add((asset ?? throw new DagDefinitionException($"Task '{TaskId}': Produces names an asset that is null.")).Name);
        _task.Spec = _task.Spec with { Produces = [.. names.Distinct()] };
        return this;
    }
}
