namespace Pipelines;

#pragma warning disable CA1715 // A is an element, R what the group gives for it

/// <content>Groups: tasks whose ids begin with the group's name, and mapped groups, which run once for each element of a list.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// Tasks that belong together: their ids begin with <c>name.</c>, and <see cref="Defaults"/> given in the group end with it. Groups may be nested.
    /// </summary>
    /// <param name="name">Letters, digits, '_', '-' and '.'.</param>
    /// <param name="define">Defines the tasks of the group, on the builder it is given.</param>
    /// <returns>The group as a whole, for edges.</returns>
    /// <exception cref="DagDefinitionException">The group has no task, or a name with other characters.</exception>
    /// <example>
    /// <code>
    /// var checks = dag.Group("checks", g =>
    /// {
    ///     g.Defaults(timeout: TimeSpan.FromMinutes(1));
    ///     g.Task(CheckRows, batch);                // checks.check_rows
    ///     g.Task(CheckSums, batch);
    /// });
    /// dag.Task(Publish, batch).After(checks);
    /// </code>
    /// </example>
    public TaskGroup Group(string name, Action<DagBuilder> define) => Inside(name, _scope, () => define(this));

    /// <summary>The same, for a group whose result other tasks take.</summary>
    /// <returns>The output that <paramref name="define"/> returns.</returns>
    /// <exception cref="DagDefinitionException">The group has no task, or a name with other characters.</exception>
    /// <example><code>var clean = dag.Group("prepare", g => g.Task(Clean, g.Task(Read)));</code></example>
    public IOutput<T> Group<T>(string name, Func<DagBuilder, IOutput<T>> define)
    {
        IOutput<T>? output = null;
        Inside(name, _scope, () => output = define(this));
        return output!;
    }

    /// <summary>
    /// A group that runs once for each element of a list that an upstream returns. Its tasks follow each other element by element: element 2 is
    /// not held up by element 1. They may take the element, each other's outputs for the same element, and outputs of tasks outside the group.
    /// </summary>
    /// <param name="name">Letters, digits, '_', '-' and '.'; the ids of the group's tasks begin with it.</param>
    /// <param name="over">The list, of at most 10,000 elements; an empty one skips the group.</param>
    /// <param name="define">Defines the tasks on the builder it is given, for the element it is given, and returns the output that is the group's.</param>
    /// <param name="maxParallel">For how many elements of one run the group's first tasks may run at once.</param>
    /// <returns>The outputs of all elements that succeeded, in the order of the list.</returns>
    /// <exception cref="DagDefinitionException">
    /// The group is inside another mapped one, has no task, maps again, has a teardown, or does not return an output of its own; a task outside uses one inside.
    /// </exception>
    /// <example>
    /// <code>
    /// var sums = dag.MapGroup("region", regions, (g, region) =>
    /// {
    ///     var raw = g.Task(Download, region);      // region.download, once for each region
    ///     return g.Task(Sum, raw);
    /// }, maxParallel: 4);
    /// dag.Task(Total, sums);                       // takes a list
    /// </code>
    /// </example>
    public TaskNode<IReadOnlyList<R>> MapGroup<A, R>(
        string name, IOutput<IEnumerable<A>> over, Func<DagBuilder, IOutput<A>, IOutput<R>> define, int maxParallel = int.MaxValue)
    {
        IOutput<R>? output = null;
        var scope = Over(name, over);
        Mapped(name, scope, maxParallel, () => output = define(this, new MapElement<A>(scope)));
        if (_only is not null)
            return new TaskNode<IReadOnlyList<R>>(this, output!.TaskId, null, whole: true);
        if (output is IMapElement || Find(output!.TaskId) is not { } task || task.Scope != scope)
            throw new DagDefinitionException($"The mapped group '{name}' must return the output of one of its own tasks, not '{output!.TaskId}'.");
        return new TaskNode<IReadOnlyList<R>>(this, task.Id, task, whole: true);
    }

    /// <summary>The same, for a group that gives no result.</summary>
    /// <returns>The group as a whole, for edges.</returns>
    /// <example><code>dag.MapGroup("region", regions, (g, region) => { g.Task(Load, region); g.Task(Check, region); });</code></example>
    public TaskGroup MapGroup<A>(string name, IOutput<IEnumerable<A>> over, Action<DagBuilder, IOutput<A>> define, int maxParallel = int.MaxValue)
    {
        var scope = Over(name, over);
        return Mapped(name, scope, maxParallel, () => define(this, new MapElement<A>(scope)));
    }

    private MapScope Over(string name, IOutput over)
    {
        if (_only is not null)
            return new MapScope(name, over.TaskId);
        if (_scope is not null)
            throw new DagDefinitionException($"The mapped group '{name}' is inside the mapped group '{_scope.Name}'. Map over one list of all combinations instead.");
        if (Find(over.TaskId) is not { } list)
            throw new DagDefinitionException($"The mapped group '{name}' is mapped over the output of '{over.TaskId}', which belongs to another DAG.");
        if (over is IMapElement || (list.Scope is not null && over is not IWholeHandle { Whole: true }))
            throw new DagDefinitionException($"The mapped group '{name}' is mapped over '{list.Id}', which belongs to a mapped group. Return it from that MapGroup and use what it gives back.");
        if (list.IsCallback)
            throw new DagDefinitionException($"The mapped group '{name}' is mapped over '{list.Id}', which is a callback and has no output.");
        return new MapScope(name, list.Id);
    }

    private TaskGroup Mapped(string name, MapScope scope, int maxParallel, Action define)
    {
        if (maxParallel < 1)
            throw new DagDefinitionException($"The mapped group '{name}': maxParallel must be 1 or more, not {maxParallel}.");
        var outer = _scope;
        _scope = scope;
        var group = Inside(name, outer, define);
        _scope = outer;
        if (maxParallel != int.MaxValue)
        {
            foreach (var task in group.Tasks.Where(task => task.Scope == scope && task.Upstreams.All(edge => edge.Kind != EdgeKind.Index)))
                task.Spec = task.Spec with { MaxParallel = maxParallel };
        }

        return group;
    }

    private TaskGroup Inside(string name, MapScope? scope, Action define)
    {
        var (prefix, defaults, first) = (_prefix, _defaults, _tasks.Count);
        _prefix = $"{prefix}{name}.";
        define();
        (_prefix, _defaults) = (prefix, defaults);
        if (_only is not null)
            return new TaskGroup(this, prefix + name, [], scope);
        var tasks = _tasks[first..];
        CheckName("group", name, prefix + name);
        return tasks.Exists(task => task.Role == TaskRole.Task)
            ? new TaskGroup(this, prefix + name, tasks, scope)
            : throw new DagDefinitionException($"The group '{prefix}{name}' has no task. Define one in it, or leave the group out.");
    }
}
