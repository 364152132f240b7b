namespace Pipelines;

/// <content>Who is told.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>
    /// Tells channels how this task ends, and of its retries. Of a mapped task: how it ends as a whole; its elements are not told one by one.
    /// There is no callback for a retry: a task's callback is a node of the graph that runs once, and code that is to run when an attempt fails belongs into the body's <c>catch</c>.
    /// </summary>
    /// <param name="on">What they are told of.</param>
    /// <param name="channels">Names of channels that the operator configures where the scheduler runs: <c>PIPELINES_CHANNEL_NAME</c>. They need not be there yet.</param>
    /// <exception cref="DagDefinitionException">No channel, nothing to tell, or a name with other characters than letters, digits, '_', '-' and '.'.</exception>
    /// <example><code>dag.Task(Load).Retry(3, TimeSpan.FromMinutes(1)).Notify(NotifyOn.Failure | NotifyOn.Retry, "on-call", "data-team");</code></example>
    public TaskNode<T> Notify(NotifyOn on, params ReadOnlySpan<string> channels)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { Notify = DagBuilder.Added(_task.Spec.Notify, $"Task '{TaskId}'", on, channels) };
        return this;
    }

    /// <summary>Tells a channel, once in a run, when this task has not ended by then. The task goes on; to stop it use <see cref="Timeout(TimeSpan)"/>.</summary>
    /// <param name="after">The time allowed.</param>
    /// <param name="from">What it counts from; a moment of the run.</param>
    /// <param name="channel">The name of a channel.</param>
    /// <exception cref="DagDefinitionException">The time is not longer than zero, or the name has other characters than letters, digits, '_', '-' and '.'.</exception>
    /// <example><code>dag.Task(Publish, sums).Deadline(TimeSpan.FromHours(1), DeadlineFrom.Started, "on-call");</code></example>
    public TaskNode<T> Deadline(TimeSpan after, DeadlineFrom from, string channel)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { Deadlines = DagBuilder.Added(_task.Spec.Deadlines, $"Task '{TaskId}'", after, from, channel) };
        return this;
    }
}
