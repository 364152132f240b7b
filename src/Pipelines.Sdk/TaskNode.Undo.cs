namespace Pipelines;

/// <content>Sagas: tasks that know how to take back what they have done.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>
    /// Takes back what this task has done, when the run fails or is cancelled afterwards: undos run one after the other, that of the task which ended last first, each with its own retries. It is
    /// a task of its own, <c>task.method</c>, and never changes how the run ends. <c>pipelines runs undo</c> does it to a run that has ended.
    /// </summary>
    /// <param name="body">Gets what the task returned. It runs at least once: write so that a second time changes nothing.</param>
    /// <param name="retry">When a failed attempt is tried again; null: as the tasks of the DAG are by default.</param>
    /// <returns>This task, not the undo.</returns>
    /// <exception cref="DagDefinitionException">The task is a callback, a teardown, or inside a mapped group.</exception>
    /// <example><code>dag.Task(Charge, order).Undo(Refund, RetryPolicy.None with { Retries = 10 });</code></example>
    public TaskNode<T> Undo(Func<T, TaskContext, Task> body, RetryPolicy? retry = null) => Undo(body, (i, c) => DagBuilder.Nothing(body(i.Read<T>(0), c)), retry);

    /// <summary>The same, for a body that needs no context.</summary>
    /// <param name="body">Gets what the task returned.</param>
    /// <param name="retry">When a failed attempt is tried again.</param>
    /// <returns>This task, not the undo.</returns>
    public TaskNode<T> Undo(Func<T, Task> body, RetryPolicy? retry = null) => Undo(body, (i, _) => DagBuilder.Nothing(body(i.Read<T>(0))), retry);

    /// <summary>The same, for a body that returns nothing.</summary>
    /// <param name="body">Gets what the task returned.</param>
    /// <param name="retry">When a failed attempt is tried again.</param>
    /// <returns>This task, not the undo.</returns>
    public TaskNode<T> Undo(Action<T> body, RetryPolicy? retry = null) => Undo(body, (i, _) => { body(i.Read<T>(0)); return DagBuilder.Nothing(); }, retry);

    /// <summary>The same, for a body that returns nothing and needs the context.</summary>
    /// <param name="body">Gets what the task returned.</param>
    /// <param name="retry">When a failed attempt is tried again.</param>
    /// <returns>This task, not the undo.</returns>
    public TaskNode<T> Undo(Action<T, TaskContext> body, RetryPolicy? retry = null) => Undo(body, (i, c) => { body(i.Read<T>(0), c); return DagBuilder.Nothing(); }, retry);

    private TaskNode<T> Undo(Delegate code, TaskBody body, RetryPolicy? retry)
    {
        retry?.Check(TaskId);
        _dag.AddUndo(TaskId, _task, code, body, retry);
        return this;
    }
}
