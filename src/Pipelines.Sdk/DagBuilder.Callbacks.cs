namespace Pipelines;

/// <content>Callbacks of the run. Those of a task are made on its node.</content>
public sealed partial class DagBuilder
{
    /// <summary>
    /// Runs the body when the run has failed, once that is certain and all its tasks and teardowns have ended. <see cref="TaskContext.Failures"/> tells what failed. It is
    /// a task named after its method, <c>on_failure</c> for a lambda, and its own outcome does not change how the run ends. Several are allowed.
    /// </summary>
    /// <returns>The callback, to set its retries, timeouts, pool, priority and queue. It takes no edges and no other task can use it.</returns>
    /// <example><code>dag.OnFailure(PageOnCall).Retry(5, TimeSpan.FromSeconds(10));</code></example>
    public TaskNode<None> OnFailure(Func<TaskContext, Task> body) => RunCallback(TaskRole.OnFailure, body, (_, c) => Nothing(body(c)));

    /// <summary>The same, for a body that returns nothing.</summary>
    public TaskNode<None> OnFailure(Action<TaskContext> body) => RunCallback(TaskRole.OnFailure, body, (_, c) => { body(c); return Nothing(); });

    /// <summary>Runs the body when the run has succeeded; otherwise as <see cref="OnFailure(Func{TaskContext, Task})"/>.</summary>
    /// <returns>The callback, to set its retries, timeouts, pool, priority and queue. It takes no edges and no other task can use it.</returns>
    /// <example><code>dag.OnSuccess(context => context.Logger.LogInformation("All done"));</code></example>
    public TaskNode<None> OnSuccess(Func<TaskContext, Task> body) => RunCallback(TaskRole.OnSuccess, body, (_, c) => Nothing(body(c)));

    /// <summary>The same, for a body that returns nothing.</summary>
    public TaskNode<None> OnSuccess(Action<TaskContext> body) => RunCallback(TaskRole.OnSuccess, body, (_, c) => { body(c); return Nothing(); });

    /// <summary>A callback of a task: not mapped even where the task is, for it runs once when that has ended as a whole.</summary>
    internal void AddCallback(string taskId, TaskDefinition? task, TaskRole role, Delegate code, TaskBody body)
    {
        if (_only is not null && !_only.StartsWith(taskId, StringComparison.Ordinal))
            return;
        var id = $"{taskId}.{CallbackId(role, code)}";
        if (_only is not null)
        {
            Found(id, body);
            return;
        }

        if (task!.IsCallback)
            throw new DagDefinitionException($"Task '{taskId}' is a callback and cannot have callbacks of its own.");
        var callback = Definition(id, role, null, code, body);
        callback.AddUpstream(taskId, null, EdgeKind.Outcome);
        Register(callback);
    }

    /// <summary>The undo of a task takes that one's output.</summary>
    internal void AddUndo(string taskId, TaskDefinition? task, Delegate code, TaskBody body, RetryPolicy? retry)
    {
        var id = $"{taskId}.{(IsLambda(code) ? "undo" : IdOf(code))}";
        if (_only is not null)
        {
            Found(id, body);
            return;
        }

        if (task!.Role != TaskRole.Task)
            throw new DagDefinitionException($"Task '{taskId}' is a callback or a teardown, which has nothing to undo.");
        if (task.Scope is not null)
            throw new DagDefinitionException($"Task '{taskId}' is inside a mapped group. Put Undo on the task that follows the group, or undo in a task of its own.");
        var undo = Definition(id, TaskRole.Undo, null, code, body);
        undo.AddUpstream(taskId, null, EdgeKind.Outcome);
        undo.Spec = undo.Spec with { Inputs = [taskId], Retry = retry ?? undo.Spec.Retry };
        Register(undo);
    }

    private TaskNode<None> RunCallback(TaskRole role, Delegate code, TaskBody body)
    {
        var id = _prefix + CallbackId(role, code);
        return _only is not null
            ? new TaskNode<None>(this, Found(id, body), null)
            : new TaskNode<None>(this, id, Register(Definition(id, role, null, code, body)));
    }

    private static string CallbackId(TaskRole role, Delegate code) =>
        IsLambda(code) ? role == TaskRole.OnFailure ? "on_failure" : "on_success" : IdOf(code);
}
