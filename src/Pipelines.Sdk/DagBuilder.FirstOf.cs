namespace Pipelines;

/// <content>Branches that come together again.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// The first of these outputs, in this order, that there is: where branches come together, of which the others were skipped. Its trigger rule is
    /// <see cref="TriggerRule.NoneFailedMinOneSuccess"/>: it waits for all, and a failed branch fails it. With
    /// <c>.TriggerRule(TriggerRule.OneSuccess)</c> it takes the first that finishes.
    /// </summary>
    /// <exception cref="DagDefinitionException">In a mapped group: one of them is not an output of that group's tasks.</exception>
    /// <example>
    /// <code>
    /// var full = dag.Task(LoadFull, clean).When(route, Route.Full);
    /// var delta = dag.Task(LoadDelta, clean).When(route, Route.Delta);
    /// dag.Task(Publish, dag.FirstOf("loaded", full, delta));
    /// </code>
    /// </example>
    public TaskNode<T> FirstOf<T>(string id, IOutput<T> first, IOutput<T> second, params ReadOnlySpan<IOutput<T>> more)
    {
        var count = 2 + more.Length;
        TaskBody body = (inputs, _) => System.Threading.Tasks.Task.FromResult(FirstRaw(inputs, count, typeof(T) == typeof(None)));
        var node = Add<T>(id, null, body, mapped: false, [first, second, .. more]);
        if (Find(node.TaskId) is not { } task)
            return node;
        if (task.Scope is { } group && !task.Spec.Inputs.All(input => task.Spec.Upstreams.Any(edge => edge.Task == input && edge.Kind == EdgeKind.Index)))
            throw new DagDefinitionException($"FirstOf '{task.Id}' is in the mapped group '{group.Name}': it takes outputs of that group's tasks only.");
        return node.TriggerRule(Pipelines.TriggerRule.NoneFailedMinOneSuccess);
    }

    private static byte[]? FirstRaw(ITaskInputs inputs, int count, bool nothing)
    {
        for (var i = 0; i < count; i++)
        {
            if (inputs.Raw(i) is { } output)
                return output;
        }

        return nothing ? null : throw new FailTaskException("None of the tasks that FirstOf takes has an output.");
    }
}
