namespace Pipelines;

/// <content>What limits a task: pools, how many at once, how many in a time.</content>
public sealed partial class TaskNode<T>
{
    /// <summary>Takes slots of this pool while it runs. How many the pool has is set where it runs (<c>pipelines pools set</c>).</summary>
    /// <param name="name">Letters, digits, '_', '-' and '.'.</param>
    /// <param name="slots">How many it takes. Of tasks that wait for a pool none passes a wide one that goes before it, so that one gets its turn.</param>
    /// <exception cref="DagDefinitionException">A name with other characters, or fewer than 1 or more than 1,000 slots.</exception>
    /// <example>
    /// <code>
    /// dag.Task(Load).Pool("warehouse");
    /// dag.Task(Rebuild).Pool("warehouse", slots: 4);
    /// </code>
    /// </example>
    public TaskNode<T> Pool(string name, int slots = 1)
    {
        if (_task is null)
            return this;
        if (slots is < 1 or > 1000)
            throw new DagDefinitionException($"Task '{TaskId}': it must take 1 to 1,000 slots of its pool, not {slots}.");
        _task.Spec = _task.Spec with { Pool = DagBuilder.CheckName("pool", name, TaskId), PoolSlots = slots == 1 ? null : slots };
        return this;
    }

    /// <summary>How many instances of this task run at once, over all runs and elements.</summary>
    /// <exception cref="DagDefinitionException">Fewer than 1.</exception>
    /// <example><code>dag.Task(Compact).Concurrency(1);</code></example>
    public TaskNode<T> Concurrency(int atOnce) => Limit(new LimitSpec { Name = $"task:{TaskId}", AtOnce = AtOnce(atOnce) }, null);

    /// <summary>How many tasks that name this limit run at once, in any DAG, or with a key: of each key's.</summary>
    /// <param name="name">The limit's name. The DAG version that was loaded last says how large it is.</param>
    /// <param name="atOnce">1 or more.</param>
    /// <param name="key">What it is counted by; null: all together.</param>
    /// <exception cref="DagDefinitionException">Fewer than 1, a name with other characters than letters, digits, '_', '-' and '.', or the same limit twice.</exception>
    /// <example><code>dag.Map(Send, orders).Concurrency("per_customer", 1, LimitKey.Of(orders, "customerId"));</code></example>
    public TaskNode<T> Concurrency(string name, int atOnce, LimitKey? key = null) =>
        Limit(new LimitSpec { Name = DagBuilder.CheckName("limit", name, TaskId), AtOnce = AtOnce(atOnce) }, key);

    /// <summary>How many attempts of tasks that name this limit start in a time, in any DAG and over all workers; with a key: of each key's.</summary>
    /// <param name="name">The limit's name. The DAG version that was loaded last says how large it is.</param>
    /// <param name="rate">Such as <c>2.PerSecond</c>.</param>
    /// <param name="key">What it is counted by; null: all together.</param>
    /// <exception cref="DagDefinitionException">A rate of zero, a name with other characters than letters, digits, '_', '-' and '.', or the same limit twice.</exception>
    /// <example><code>dag.Task(Call).RateLimit("api", 2.PerSecond);</code></example>
    public TaskNode<T> RateLimit(string name, Rate rate, LimitKey? key = null)
    {
        rate = rate.Check(TaskId);
        return Limit(new LimitSpec { Name = DagBuilder.CheckName("limit", name, TaskId), Starts = rate.Starts, PerSeconds = rate.Per.TotalSeconds, Burst = rate.Burst }, key);
    }

    private int AtOnce(int atOnce) => atOnce >= 1
        ? atOnce
        : throw new DagDefinitionException($"Task '{TaskId}': Concurrency must be 1 or more, not {atOnce}. To hold them all, pause the DAG.");

    private TaskNode<T> Limit(LimitSpec limit, LimitKey? key)
    {
        if (_task is not null)
            _dag.AddLimit(_task, limit, key);
        return this;
    }
}
