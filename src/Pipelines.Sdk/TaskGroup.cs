namespace Pipelines;

/// <summary>A group of tasks as a whole, for edges: <c>task.After(group)</c> runs after its last tasks, <c>group.After(task)</c> puts its first ones after a task.</summary>
public sealed class TaskGroup
{
    private readonly DagBuilder _dag;

    internal TaskGroup(DagBuilder dag, string name, IReadOnlyList<TaskDefinition> tasks, MapScope? scope) =>
        (_dag, Name, Tasks, Scope) = (dag, name, tasks, scope);

    /// <summary>What the ids of its tasks begin with, outer groups included, without the last dot.</summary>
    public string Name { get; }

    /// <summary>All that was defined in it; empty while Define runs for one task's body.</summary>
    internal IReadOnlyList<TaskDefinition> Tasks { get; }

    /// <summary>The mapped group that it was defined in; null: none.</summary>
    internal MapScope? Scope { get; }

    /// <summary>Its first tasks, those that follow no other task of the group, run after these tasks.</summary>
    /// <exception cref="DagDefinitionException">One of them is defined below the group, or cannot be an upstream.</exception>
    /// <example><code>dag.Group("load", g => { g.Task(LoadEu); g.Task(LoadUs); }).After(prepared);</code></example>
    public TaskGroup After(params ReadOnlySpan<IOutput> upstreams)
    {
        foreach (var first in Firsts())
        {
            foreach (var upstream in upstreams)
                _dag.Connect(first, upstream);
        }

        return this;
    }

    /// <summary>Its first tasks run after the last ones of these groups.</summary>
    /// <example><code>load.After(checks);</code></example>
    public TaskGroup After(params ReadOnlySpan<TaskGroup> groups)
    {
        foreach (var first in Firsts())
        {
            foreach (var group in groups)
                _dag.Connect(first, group);
        }

        return this;
    }

    internal IEnumerable<TaskDefinition> Lasts()
    {
        var followed = Work().SelectMany(task => task.Upstreams).Select(edge => edge.Task).ToHashSet();
        return Work().Where(task => !followed.Contains(task.Id));
    }

    private List<TaskDefinition> Firsts()
    {
        var own = Work().Select(task => task.Id).ToHashSet();
        return [.. Work().Where(task => !task.Upstreams.Any(edge => own.Contains(edge.Task)))];
    }

    private IEnumerable<TaskDefinition> Work() => Tasks.Where(task => task.Role == TaskRole.Task);
}
