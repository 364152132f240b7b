namespace Pipelines.Engine.Execution;

/// <content>What the body shares with others.</content>
internal sealed partial class AttemptHost
{
    private readonly AttemptLocks _locks = new(attempt.Assignment, attempt.WorkerId, store, log);

    public Task<TaskLock> LockAsync(string name, TimeSpan lease, TimeSpan? wait, CancellationToken cancellation) => _locks.TakeAsync(name, lease, wait, cancellation);

    public Task RateAsync(string name, Rate rate, string key, CancellationToken cancellation) => _locks.PassAsync(name, rate, key, cancellation);
}
