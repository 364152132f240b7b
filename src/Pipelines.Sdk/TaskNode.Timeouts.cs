namespace Pipelines;

/// <content>How long a task may wait for a worker, and how long its body may be silent.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>
    /// Fails the task, whatever retries are left, when it has been ready for so long and no worker has taken it: nobody serves its queue, or its pool or a limit is full. Each wait for a worker counts by itself;
    /// what a task waits without a slot, for a retry, a timer, a signal, does not. The history says what it waited for.
    /// </summary>
    /// <param name="time">A second to 365 days; it is noticed a hundredth of it later at most (a second, if that is more).</param>
    /// <exception cref="DagDefinitionException">The time is out of its range, or the task has no body.</exception>
    /// <example><code>dag.Task(Train).Queue("gpu").QueueTimeout(TimeSpan.FromMinutes(30));</code></example>
    public TaskNode<T> QueueTimeout(TimeSpan time)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { QueueTimeoutSeconds = WithBody("QueueTimeout", time).TotalSeconds };
        return this;
    }

    /// <summary>Cancels an attempt whose body has not called <see cref="TaskContext.Heartbeat()"/> for so long. The attempt has failed; retries follow as usual, and are given what the last heartbeat was given.</summary>
    /// <param name="time">A second to 365 days, from the start of the attempt and then from each heartbeat.</param>
    /// <exception cref="DagDefinitionException">The time is out of its range, or the task has no body.</exception>
    /// <example><code>dag.Task(Copy).HeartbeatTimeout(TimeSpan.FromMinutes(1)).Retry(3, TimeSpan.FromSeconds(10));</code></example>
    public TaskNode<T> HeartbeatTimeout(TimeSpan time)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { HeartbeatTimeout = WithBody("HeartbeatTimeout", time) };
        return this;
    }

    private TimeSpan WithBody(string what, TimeSpan time)
    {
        if (_task!.Spec.Wait is not null)
            throw new DagDefinitionException($"Task '{TaskId}': {what} is for tasks with a body; this one waits without a worker.");
        return time >= TimeSpan.FromSeconds(1) && time <= TimeSpan.FromDays(365)
            ? time
            : throw new DagDefinitionException($"Task '{TaskId}': {what} must be 1 second to 365 days, not {time}.");
    }
}
