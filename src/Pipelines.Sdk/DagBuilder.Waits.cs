namespace Pipelines;

/// <content>Tasks without a body: they wait for a time, or for another DAG, and hold no slot.</content>
public sealed partial class DagBuilder
{
    /// <summary>Waits so long, from when it could run, and succeeds.</summary>
    /// <exception cref="DagDefinitionException">The time is not longer than zero.</exception>
    /// <example>
    /// <code>
    /// var settled = dag.Delay("settled", TimeSpan.FromMinutes(10)).After(load);
    /// dag.Task(Check).After(settled);
    /// </code>
    /// </example>
    public TaskNode<None> Delay(string id, TimeSpan time) => time > TimeSpan.Zero
        ? Wait<None>(id, new WaitSpec { Kind = WaitKind.Delay, Offset = time })
        : throw new DagDefinitionException($"Task '{id}': a delay must be longer than zero, not {time}.");

    /// <summary>
    /// Waits until so long after the run's tick, the end of its data interval, and succeeds; at once where that is past. A run without an interval counts from when it was asked for.
    /// </summary>
    /// <exception cref="DagDefinitionException">The time is negative.</exception>
    /// <example><code>var published = dag.WaitUntil("published", TimeSpan.FromHours(2));      // two hours after the day has ended</code></example>
    public TaskNode<None> WaitUntil(string id, TimeSpan afterTick) => afterTick >= TimeSpan.Zero
        ? Wait<None>(id, new WaitSpec { Kind = WaitKind.Moment, Offset = afterTick })
        : throw new DagDefinitionException($"Task '{id}': WaitUntil takes a time after the run's tick, not {afterTick}.");

    /// <summary>
    /// Waits until the clocks of the DAG's zone show this time, for the first time at or after the run's tick, and succeeds; at once where that is past. A time that
    /// a clock change skips comes when the change does.
    /// </summary>
    /// <param name="id">The task's id.</param>
    /// <param name="time">The time of day.</param>
    /// <param name="days">So many days later.</param>
    /// <exception cref="DagDefinitionException">The number of days is negative.</exception>
    /// <example><code>var closed = dag.WaitUntil("market_closed", new TimeOnly(17, 30));</code></example>
    public TaskNode<None> WaitUntil(string id, TimeOnly time, int days = 0) => days is >= 0 and <= 3660
        ? Wait<None>(id, new WaitSpec { Kind = WaitKind.Moment, Time = time, Offset = TimeSpan.FromDays(days) })
        : throw new DagDefinitionException($"Task '{id}': WaitUntil takes 0 to 3,660 days, not {days}.");

    /// <summary>
    /// Waits until another DAG's run has succeeded, or a task of it has succeeded or was skipped. It is named <c>wait_for_dag</c> or <c>wait_for_dag_task</c>.
    /// Nothing polls: the end of the other run ends the wait. A run that failed is waited for until somebody has mended it, unless <paramref name="failIfFailed"/> is set.
    /// </summary>
    /// <param name="dag">The other DAG's id. It may be loaded later than this one, but within 10 minutes of the wait.</param>
    /// <param name="task">The other DAG's task; null: the whole run.</param>
    /// <param name="runs">Which runs; the one with the same tick unless said.</param>
    /// <param name="offset">Added to this run's tick: -1 hour waits for the run of an hour before.</param>
    /// <param name="timeout">The longest wait; no limit unless said.</param>
    /// <param name="softFail">Ends skipped, and not failed, when the timeout is over.</param>
    /// <param name="failIfFailed">Fails as soon as the other run, or its task, has failed or was cancelled.</param>
    /// <exception cref="DagDefinitionException">A timeout that is not longer than zero, an offset with runs of an interval. At load: the same run of this very DAG.</exception>
    /// <example>
    /// <code>
    /// var hours = dag.WaitFor("events_hourly", runs: RunsOf.Interval, timeout: TimeSpan.FromHours(6));   // all 24 of the day
    /// var orders = dag.WaitFor("orders", task: "load");
    /// dag.Task(Report).After(hours, orders);
    /// </code>
    /// </example>
    public TaskNode<None> WaitFor(
        string dag, string? task = null, RunsOf runs = RunsOf.SameTick, TimeSpan offset = default, TimeSpan? timeout = null, bool softFail = false, bool failIfFailed = false)
    {
        var id = task is null ? $"wait_for_{dag}" : $"wait_for_{dag}_{task}";
        CheckName("DAG", dag, id);
        if (timeout <= TimeSpan.Zero)
            throw new DagDefinitionException($"Task '{id}': a timeout must be longer than zero, not {timeout}.");
        if (softFail && timeout is null)
            throw new DagDefinitionException($"Task '{id}': softFail says how a timeout ends; give a timeout.");
        if (runs == RunsOf.Interval && offset != TimeSpan.Zero)
            throw new DagDefinitionException($"Task '{id}': an offset is for RunsOf.SameTick; RunsOf.Interval takes the runs of this run's own interval.");
        return Wait<None>(id, new WaitSpec
        {
            Kind = WaitKind.Dag, Dag = dag, Task = task, Runs = runs, Offset = offset, Timeout = timeout, SoftFail = softFail, FailIfFailed = failIfFailed,
        });
    }

    private TaskNode<T> Wait<T>(string name, WaitSpec wait)
    {
        var node = Add<T>(name, null, NoBody, mapped: false);
        if (Find(node.TaskId) is { } task)
        {
            task.Spec = task.Spec with
            {
                Code = null, Wait = wait, Retry = RetryPolicy.None, AttemptTimeout = null, Pool = null, Queue = WaitSpec.Queue,
            };
        }

        return node;
    }

    private static Task<byte[]?> NoBody(ITaskInputs inputs, TaskContext context) => throw new InvalidOperationException("A wait has no body.");
}
