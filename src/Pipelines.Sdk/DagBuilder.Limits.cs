namespace Pipelines;

/// <content>Limits of the whole DAG, and what all limits must keep to.</content>
public sealed partial class DagBuilder
{
    private readonly Dictionary<string, (LimitSpec Limit, string TaskId)> _limits = [];
    private int? _maxActiveTasks;
    private int? _maxActiveTasksPerRun;
    private bool _inheritPriority;

    /// <summary>How many tasks of this DAG run at once, over all its runs. Callbacks are not counted, for an alarm waits for nothing, nor is what waits without a slot.</summary>
    /// <exception cref="DagDefinitionException">Fewer than 1.</exception>
    /// <example><code>dag.MaxActiveTasks(16);</code></example>
    public DagBuilder MaxActiveTasks(int count)
    {
        _maxActiveTasks = Count(nameof(MaxActiveTasks), count);
        return this;
    }

    /// <summary>How many tasks of each run of this DAG run at once. Callbacks and what waits without a slot are not counted.</summary>
    /// <exception cref="DagDefinitionException">Fewer than 1.</exception>
    /// <example><code>dag.MaxActiveTasksPerRun(4);</code></example>
    public DagBuilder MaxActiveTasksPerRun(int count)
    {
        _maxActiveTasksPerRun = Count(nameof(MaxActiveTasksPerRun), count);
        return this;
    }

    /// <summary>Tasks have at least the priority of what comes after them: what an urgent task waits for is urgent too.</summary>
    /// <example>
    /// <code>
    /// dag.InheritPriority();
    /// dag.Task(Invoice, orders).Priority(50);      // orders has 50 as well
    /// </code>
    /// </example>
    public DagBuilder InheritPriority()
    {
        _inheritPriority = true;
        return this;
    }

    internal void AddLimit(TaskDefinition task, LimitSpec limit, LimitKey? key)
    {
        if (key?.ArgumentName is { } argument)
            limit = limit with { KeyArgument = argument };
        else if (key?.Output is { } output)
        {
            var upstream = Connect(task, output, verb: "is limited by the output of");
            var element = output is IMapElement || upstream.Id == task.Spec.Over;
            if (upstream.Spec.Mapped && (upstream.Scope is null || upstream.Scope != task.Scope))
                throw new DagDefinitionException($"Task '{task.Id}': the limit '{limit.Name}' is counted by '{upstream.Id}', which is mapped and has many outputs. Use a task with one.");
            limit = limit with { KeyTask = element ? upstream.Id + "[]" : upstream.Id, KeyProperty = key.Property };
        }

        if (task.Spec.Limits?.Any(other => other.Name == limit.Name) == true)
            throw new DagDefinitionException($"Task '{task.Id}' has the limit '{limit.Name}' twice. Leave one out.");
        if (!_limits.TryAdd(limit.Name, (limit, task.Id)) && _limits[limit.Name] is var first && !SameSize(first.Limit, limit))
            throw new DagDefinitionException($"Task '{task.Id}': the limit '{limit.Name}' has another size at the task '{first.TaskId}'. Give both the same, or two names.");
        task.Spec = task.Spec with { Limits = [.. task.Spec.Limits ?? [], limit] };
    }

    private static bool SameSize(LimitSpec a, LimitSpec b) => (a.AtOnce, a.Starts, a.PerSeconds, a.Burst) == (b.AtOnce, b.Starts, b.PerSeconds, b.Burst);

    /// <summary>Adds what the whole DAG says, and names what nobody shares by the DAG.</summary>
    private void FinishLimits(string dagId)
    {
        foreach (var task in _tasks)
        {
            var limits = (task.Spec.Limits ?? []).Select(limit => limit.Name.StartsWith("task:", StringComparison.Ordinal) ? limit with { Name = $"task:{dagId}.{task.Id}" } : limit);
            if (_maxActiveTasks is { } inDag && task is { IsCallback: false, Spec.Wait: null })
                limits = limits.Append(new LimitSpec { Name = $"dag:{dagId}", AtOnce = inDag });
            if (_maxActiveTasksPerRun is { } inRun && task is { IsCallback: false, Spec.Wait: null })
                limits = limits.Append(new LimitSpec { Name = $"run:{dagId}", AtOnce = inRun, KeyRun = true });
            var all = limits.ToList();
            if (all.Count > 0)
                task.Spec = task.Spec with { Limits = all };
        }
    }

    private void FinishPriorities()
    {
        if (!_inheritPriority)
            return;
        for (var i = _tasks.Count - 1; i >= 0; i--)       // what comes after is done before: the order is topological
        {
            foreach (var upstream in _tasks[i].Upstreams.Select(edge => _byId[edge.Task]))
            {
                if (upstream.Spec.Priority < _tasks[i].Spec.Priority)
                    upstream.Spec = upstream.Spec with { Priority = _tasks[i].Spec.Priority };
            }
        }
    }

    private static int Count(string what, int count) => count >= 1
        ? count
        : throw new DagDefinitionException($"{what} must be 1 or more, not {count}. To hold everything, pause the DAG.");
}
