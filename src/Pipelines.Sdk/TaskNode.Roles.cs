namespace Pipelines;

/// <content>Tasks that stand by another one: callbacks, and teardowns of setups.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>
    /// Runs the body when this task has failed for good; of a mapped task once, when all its elements have ended and one failed.
    /// It is a task of its own, <c>task.method</c>, that never changes how the run ends. <see cref="TaskContext.Failures"/> tells what failed.
    /// </summary>
    /// <returns>This task, not the callback.</returns>
    /// <example><code>dag.Task(Load).OnFailure(context => Page(context.Failures[0].Error));</code></example>
    public TaskNode<T> OnFailure(Func<TaskContext, Task> body) => Callback(TaskRole.OnFailure, body, (_, c) => DagBuilder.Nothing(body(c)));

    /// <summary>The same, for a body that returns nothing.</summary>
    /// <returns>This task, not the callback.</returns>
    public TaskNode<T> OnFailure(Action<TaskContext> body) => Callback(TaskRole.OnFailure, body, (_, c) => { body(c); return DagBuilder.Nothing(); });

    /// <summary>Runs the body when this task has succeeded: a task of its own, <c>task.method</c>, that never changes how the run ends.</summary>
    /// <returns>This task, not the callback.</returns>
    /// <example><code>dag.Task(Load).OnSuccess(TellTheTeam).OnFailure(PageOnCall);</code></example>
    public TaskNode<T> OnSuccess(Func<TaskContext, Task> body) => Callback(TaskRole.OnSuccess, body, (_, c) => DagBuilder.Nothing(body(c)));

    /// <summary>The same, for a body that returns nothing.</summary>
    /// <returns>This task, not the callback.</returns>
    public TaskNode<T> OnSuccess(Action<TaskContext> body) => Callback(TaskRole.OnSuccess, body, (_, c) => { body(c); return DagBuilder.Nothing(); });

    /// <summary>
    /// Makes this task the one that takes down what the setups made. It runs when one of them succeeded and everything defined so far that
    /// depends on them has ended, however, and also when the run is cancelled. Its outcome does not change how the run ends. What it takes as inputs must be setups.
    /// </summary>
    /// <exception cref="DagDefinitionException">
    /// There is no setup, the task is mapped or a callback, or it takes another task's output. When Define has ended: a task below it
    /// depends on a setup without running after the teardown.
    /// </exception>
    /// <example>
    /// <code>
    /// var cluster = dag.Task(StartCluster);
    /// dag.Task(Compute, cluster);
    /// dag.Task(DropCluster, cluster).TeardownOf(cluster);
    /// </code>
    /// </example>
    public TaskNode<T> TeardownOf(params ReadOnlySpan<IOutput> setups)
    {
        if (_task is not null)
            _dag.TearDown(_task, setups);
        return this;
    }

    private TaskNode<T> Callback(TaskRole role, Delegate code, TaskBody body)
    {
        _dag.AddCallback(TaskId, _task, role, code, body);
        return this;
    }
}
