namespace Pipelines;

/// <content>Tasks that start a run of another DAG.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>Of a task that starts a run (<c>dag.Run</c>), what becomes of that when the task or its run ends before it. Unless said: cancelled where the task waits for it, else it goes on.</summary>
    /// <param name="policy">Cancel it, or leave it alone.</param>
    /// <exception cref="DagDefinitionException">The task starts no run.</exception>
    /// <example><code>dag.Run("statistics").OnParentClose(ParentClosePolicy.Abandon);</code></example>
    public TaskNode<T> OnParentClose(ParentClosePolicy policy)
    {
        if (_task is not null)
        {
            _task.Spec = _task.Spec.Wait is { Kind: WaitKind.Run } run
                ? _task.Spec with { Wait = run with { ParentClose = policy } }
                : throw new DagDefinitionException($"Task '{TaskId}': OnParentClose is for tasks that start a run of another DAG (dag.Run).");
        }

        return this;
    }
}
