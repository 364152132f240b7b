namespace Pipelines;

/// <content>What running bodies share with each other, over all workers.</content>
public sealed partial class TaskContext
{
    private const int LongestName = 200;

    /// <summary>
    /// Waits for a lock that one attempt of all workers holds at a time. It is renewed in the background, and given up with the lock's disposal, the attempt, its worker, or the end of its lease by the database's time. Who waits gets it in the order of
    /// arrival, and keeps its slot meanwhile: what may wait for minutes is better as <see cref="RetryIn"/>.
    /// </summary>
    /// <param name="name">The lock's name, 1 to 200 characters, the same for all DAGs.</param>
    /// <param name="lease">How long it lasts without being renewed, 1 second to an hour; null: 30 seconds. After a killed process others wait so long, or until its worker is found dead.</param>
    /// <param name="wait">How long to wait for it; zero: not at all; null: as long as the attempt may.</param>
    /// <exception cref="TimeoutException">It was not free within <paramref name="wait"/>; the message says who has it.</exception>
    /// <exception cref="FailTaskException">The name is none, or this attempt has the lock already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The lease or the wait is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// await using var held = await context.LockAsync("table-x", lease: TimeSpan.FromSeconds(30), wait: TimeSpan.FromMinutes(1));
    /// await RebuildAsync(held.Token, held.Lost);
    /// </code>
    /// </example>
    public Task<TaskLock> LockAsync(string name, TimeSpan? lease = null, TimeSpan? wait = null)
    {
        CheckShared("lock", name);
        var time = lease ?? TimeSpan.FromSeconds(30);
        if (time < TimeSpan.FromSeconds(1) || time > TimeSpan.FromHours(1))
            throw new ArgumentOutOfRangeException(nameof(lease), $"A lock's lease is 1 second to an hour, not {time}; it is renewed by itself.");
        if (wait < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(wait), $"Nobody waits {wait}; give zero or more, or null.");
        return Needed(nameof(LockAsync)).LockAsync(name, time, wait, Cancellation);
    }

    /// <summary>
    /// Waits until the rate lets one more through: exact over all workers and DAGs that name it, by the database's time. In every window of w seconds at most <c>Burst + Starts x w / Per</c> go through. The slot is
    /// kept meanwhile: where waits of over 10 seconds are usual, limit the starts of the task instead (<c>.RateLimit(...)</c>), or throw <see cref="RetryIn"/>.
    /// </summary>
    /// <param name="name">The rate's name, 1 to 200 characters, the same for all DAGs.</param>
    /// <param name="rate">How much it lets through; who names it differently is held to their own.</param>
    /// <param name="key">What it is counted by, such as a customer, at most 200 characters; "": all together.</param>
    /// <exception cref="FailTaskException">The name is none, or the key is too long.</exception>
    /// <exception cref="DagDefinitionException">The rate is none.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// foreach (var order in orders)
    /// {
    ///     await context.RateLimitAsync("att-api", 2.PerSecond with { Burst = 5 }, key: order.Customer);
    ///     await SendAsync(order);
    /// }
    /// </code>
    /// </example>
    public Task RateLimitAsync(string name, Rate rate, string key = "")
    {
        CheckShared("rate", name);
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length > LongestName || key.Contains('\0', StringComparison.Ordinal))
            throw new FailTaskException($"The key of the rate '{name}' must have at most {LongestName} characters, and none that is U+0000.");
        return Needed(nameof(RateLimitAsync)).RateAsync(name, rate.Check(TaskId), key, Cancellation);
    }

    private static void CheckShared(string what, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl))
            throw new FailTaskException($"The name of a {what} must have 1 to {LongestName} characters, and none that controls a terminal: '{name}' has not.");
    }
}

internal partial interface IAttemptHost
{
    Task<TaskLock> LockAsync(string name, TimeSpan lease, TimeSpan? wait, CancellationToken cancellation);

    Task RateAsync(string name, Rate rate, string key, CancellationToken cancellation);
}
