using System.Text.Json;

namespace Pipelines;

/// <summary>A task of the graph under definition: the handle on its output, and where its policies are set.</summary>
/// <typeparam name="T">What its body returns.</typeparam>
public sealed partial class TaskNode<T> : IOutput<T>, IWholeHandle
{
    private readonly DagBuilder _dag;
    private readonly TaskDefinition? _task;               // null: Define runs for the body of one task, and what the graph looks like does not matter
    private readonly bool _whole;

    internal TaskNode(DagBuilder dag, string id, TaskDefinition? task, bool whole = false) => (_dag, TaskId, _task, _whole) = (dag, id, task, whole);

    /// <inheritdoc/>
    public string TaskId { get; }

    bool IWholeHandle.Whole => _whole;

    /// <summary>Runs after these tasks, without taking data from them. A teardown waits for them, however they end.</summary>
    /// <exception cref="DagDefinitionException">One of them is defined below this task, belongs to another DAG, is a callback, or is inside a mapped group.</exception>
    /// <example><code>dag.Task(Publish).After(load, check);</code></example>
    public TaskNode<T> After(params ReadOnlySpan<IOutput> upstreams)
    {
        if (_task is not null)
        {
            foreach (var upstream in upstreams)
                _dag.Connect(_task, upstream);
        }

        return this;
    }

    /// <summary>Runs after the last tasks of these groups: those that no other task of the group follows, teardowns and callbacks aside.</summary>
    /// <example>
    /// <code>
    /// var checks = dag.Group("checks", g => { g.Task(CheckRows); g.Task(CheckSums); });
    /// dag.Task(Publish).After(checks);
    /// </code>
    /// </example>
    public TaskNode<T> After(params ReadOnlySpan<TaskGroup> groups)
    {
        if (_task is not null)
        {
            foreach (var group in groups)
                _dag.Connect(_task, group);
        }

        return this;
    }

    /// <summary>Runs only when <paramref name="choice"/> returns <paramref name="value"/>; else this task is skipped.</summary>
    /// <exception cref="DagDefinitionException">There is a condition on that task already, or it cannot be an upstream.</exception>
    /// <example><code>dag.Task(LoadFull, clean).When(route, Route.Full);</code></example>
    public TaskNode<T> When<TChoice>(IOutput<TChoice> choice, TChoice value)
        where TChoice : notnull
    {
        if (_task is not null)
        {
            _dag.Connect(_task, choice, JsonSerializer.SerializeToNode(value, OutputJson.Options)
                ?? throw new DagDefinitionException($"Task '{TaskId}': When needs a value, not null."));
        }

        return this;
    }

    /// <summary>Tries a failed attempt again up to <paramref name="retries"/> times: after <paramref name="delay"/>, then twice that, and so on up to an hour.</summary>
    /// <param name="retries">Attempts after the first one.</param>
    /// <param name="delay">The wait before the first retry.</param>
    /// <example><code>dag.Task(Load).Retry(3, TimeSpan.FromMinutes(1));</code></example>
    public TaskNode<T> Retry(int retries, TimeSpan delay) =>
        _task is null ? this : Retry(new RetryPolicy { Retries = retries, Delay = delay });

    /// <summary>Tries a failed attempt again as the policy says.</summary>
    /// <example><code>dag.Task(Load).Retry(new RetryPolicy { Retries = 5, Within = TimeSpan.FromHours(2) });</code></example>
    public TaskNode<T> Retry(RetryPolicy policy)
    {
        if (_task is not null)
        {
            policy.Check(TaskId);
            _task.Spec = _task.Spec with { Retry = policy };
        }

        return this;
    }

    /// <summary>Cancels an attempt that takes longer. The attempt has failed; retries follow as usual. Of a task that waits for a run which it has started (<c>dag.Run</c>): how long at most.</summary>
    /// <example><code>dag.Task(Load).Timeout(TimeSpan.FromMinutes(10));</code></example>
    public TaskNode<T> Timeout(TimeSpan attempt)
    {
        if (_task?.Spec.Wait is { Kind: WaitKind.Run, Detached: false } run)
            _task.Spec = _task.Spec with { Wait = run with { Timeout = Positive(attempt) } };
        else if (_task is not null)
            _task.Spec = _task.Spec with { AttemptTimeout = Positive(attempt) };
        return this;
    }

    /// <summary>Limits an attempt, and all attempts with their waits together.</summary>
    /// <example><code>dag.Task(Load).Timeout(TimeSpan.FromMinutes(10), total: TimeSpan.FromHours(1));</code></example>
    public TaskNode<T> Timeout(TimeSpan attempt, TimeSpan total)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { AttemptTimeout = Positive(attempt), TotalTimeout = Positive(total) };
        return this;
    }

    /// <summary>Of a sensor, how often it is asked, and how long. An exception is a failed attempt with the task's retries; polls that say "not yet" spend none.</summary>
    /// <param name="every">The wait between two polls, give or take a tenth.</param>
    /// <param name="timeout">How long at most, from the start of the first poll, retries included; 7 days unless said.</param>
    /// <param name="softFail">Ends skipped, and not failed, when the timeout is over.</param>
    /// <param name="factor">What each further wait is multiplied by.</param>
    /// <param name="cap">The longest that the growing wait becomes; an hour unless said.</param>
    /// <exception cref="DagDefinitionException">The task is no sensor, or the times cannot be.</exception>
    /// <example><code>dag.Sensor(FileIsThere).Poll(TimeSpan.FromMinutes(1), timeout: TimeSpan.FromHours(6), softFail: true);</code></example>
    public TaskNode<T> Poll(TimeSpan every, TimeSpan? timeout = null, bool softFail = false, double factor = 1, TimeSpan? cap = null)
    {
        if (_task is null)
            return this;
        if (_task.Spec.Poll is not { } poll)
            throw new DagDefinitionException($"Task '{TaskId}': Poll is for sensors (dag.Sensor).");
        poll = poll with { Every = every, Timeout = timeout ?? poll.Timeout, SoftFail = softFail, Factor = factor, Cap = cap ?? poll.Cap };
        poll.Check(TaskId);
        _task.Spec = _task.Spec with { Poll = poll };
        return this;
    }

    /// <summary>Goes before ready tasks of lower priority; -100 to 100, 0 unless said.</summary>
    /// <example><code>dag.Task(Load).Priority(10);</code></example>
    public TaskNode<T> Priority(int priority)
    {
        if (_task is not null)
        {
            _task.Spec = priority is >= -100 and <= 100
                ? _task.Spec with { Priority = priority }
                : throw new DagDefinitionException($"Task '{TaskId}': Priority must be -100 to 100, not {priority}.");
        }

        return this;
    }

    /// <summary>Runs only on workers that serve this queue.</summary>
    /// <example><code>dag.Task(Train).Queue("gpu");</code></example>
    public TaskNode<T> Queue(string name)
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { Queue = DagBuilder.CheckName("queue", name, TaskId) };
        return this;
    }

    /// <summary>When it runs, given how its upstreams ended; <see cref="Pipelines.TriggerRule.AllSuccess"/> unless said.</summary>
    /// <example><code>dag.Task(Report).After(load, check).TriggerRule(TriggerRule.AllDone);</code></example>
    public TaskNode<T> TriggerRule(TriggerRule rule)
    {
        if (_task is not null)
        {
            _task.Spec = Enum.IsDefined(rule)
                ? _task.Spec with { TriggerRule = rule }
                : throw new DagDefinitionException($"Task '{TaskId}': {rule} is no trigger rule.");
        }

        return this;
    }

    /// <summary>Of a mapped task, how many instances of one run may run at once.</summary>
    /// <exception cref="DagDefinitionException">The task is not mapped, or the number is under 1.</exception>
    /// <example><code>dag.Map(LoadPartition, parts).MaxParallel(4);</code></example>
    public TaskNode<T> MaxParallel(int instances)
    {
        if (_task is null)
            return this;
        if (!_task.Spec.Mapped)
            throw new DagDefinitionException($"Task '{TaskId}': MaxParallel is for mapped tasks (dag.Map).");
        _task.Spec = instances >= 1
            ? _task.Spec with { MaxParallel = instances }
            : throw new DagDefinitionException($"Task '{TaskId}': MaxParallel must be 1 or more, not {instances}.");
        return this;
    }

    /// <summary>
    /// Waits, when it could run, until the same task has succeeded or was skipped in the DAG's previous run, scheduled or of a backfill. The first
    /// run does not wait, nor do runs started by hand. Not for mapped tasks.
    /// </summary>
    /// <example><code>dag.Task(AddToBalance, day).DependsOnPast();</code></example>
    public TaskNode<T> DependsOnPast()
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { DependsOnPast = true };
        return this;
    }

    /// <summary>
    /// Like <see cref="DependsOnPast"/>, and waits as well until what comes directly after the task there has succeeded or was skipped: for
    /// a table that the run before must be done with.
    /// </summary>
    /// <example><code>dag.Task(SwapTables, day).WaitForDownstream();</code></example>
    public TaskNode<T> WaitForDownstream()
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { DependsOnPast = true, WaitForDownstream = true };
        return this;
    }

    /// <summary>
    /// Skips the task in runs that are not the latest: a scheduled run when a newer one exists or is due, and every run of a backfill. Runs
    /// started by hand always count as the latest. Not for mapped tasks.
    /// </summary>
    /// <example><code>dag.Task(RefreshDashboard, sums).LatestOnly();</code></example>
    public TaskNode<T> LatestOnly()
    {
        if (_task is not null)
            _task.Spec = _task.Spec with { LatestOnly = true };
        return this;
    }

    private TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero
        ? time
        : throw new DagDefinitionException($"Task '{TaskId}': a timeout must be longer than zero, not {time}.");
}
