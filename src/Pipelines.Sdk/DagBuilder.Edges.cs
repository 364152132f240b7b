using System.Text.Json.Nodes;

namespace Pipelines;

/// <content>Edges, and what they must keep to.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// Adds the edge from what a handle stands for. The order of definition is the order in which tasks may run: an edge that points
    /// back could close a cycle.
    /// </summary>
    /// <returns>The upstream.</returns>
    internal TaskDefinition Connect(TaskDefinition task, IOutput handle, JsonNode? when = null, string verb = "is to run after")
    {
        if (handle is IMapElement element)
        {
            if (element.Scope != task.Scope)
                throw new DagDefinitionException($"Task '{task.Id}' uses the element of the mapped group '{element.Scope.Name}' outside of it. Use it in tasks of that group only.");
            if (when is not null)
                throw new DagDefinitionException($"Task '{task.Id}': When cannot look at an element of a list. Let a task of the group return the choice.");
            return _byId[element.Scope.List];              // every task of the group has that edge
        }

        if (!_byId.TryGetValue(handle.TaskId, out var upstream))
            throw new DagDefinitionException($"Task '{task.Id}' {verb} '{handle.TaskId}', which belongs to another DAG.");
        Connect(task, upstream, handle is IWholeHandle { Whole: true }, when);
        return upstream;
    }

    /// <summary>Adds edges from the last tasks of a group.</summary>
    internal void Connect(TaskDefinition task, TaskGroup group)
    {
        foreach (var last in group.Lasts().ToList())
            Connect(task, last, group.Scope is null, null);
    }

    private static void Connect(TaskDefinition task, TaskDefinition upstream, bool whole, JsonNode? when)
    {
        if (upstream.IsCallback && task != upstream)
            throw new DagDefinitionException($"Task '{task.Id}' is to run after the callback '{upstream.Id}'. Nothing runs after a callback; use a task with a trigger rule instead.");
        if (task == upstream)
            throw new DagDefinitionException($"Task '{task.Id}' is to run after itself.");
        if (upstream.Number >= task.Number)
            throw new DagDefinitionException($"Task '{task.Id}' is to run after '{upstream.Id}', which is defined below it. Define '{upstream.Id}' first.");
        if (task.IsCallback)
            throw new DagDefinitionException($"Task '{task.Id}' is a callback: what it runs after is fixed. For more work when something fails, use a task with a trigger rule.");
        task.AddUpstream(upstream.Id, when, KindOf(task, upstream, whole));
    }

    private static EdgeKind KindOf(TaskDefinition task, TaskDefinition upstream, bool whole)
    {
        if (whole && upstream.Scope is { } own && own == task.Scope)
            throw new DagDefinitionException($"Task '{task.Id}' is in the mapped group '{own.Name}' and cannot use what the group returns. Use it in a task after the group.");
        if (!whole && upstream.Scope is { } inner && inner != task.Scope)
            throw new DagDefinitionException(
                $"Task '{task.Id}' uses '{upstream.Id}', which has one output an element of the mapped group '{inner.Name}'. Return it from MapGroup: what that gives back stands for all elements.");
        return task.Role == TaskRole.Teardown ? EdgeKind.Wait
            : !whole && upstream.Scope is not null ? EdgeKind.Index
            : EdgeKind.Outcome;
    }
}
