namespace Pipelines.Engine.Ports;

/// <summary>What asking for a lock came to.</summary>
/// <param name="Token">Greater than that of whoever had it before; null: it is not free yet.</param>
/// <param name="Before">How many stand before it there.</param>
/// <param name="HeldBy">Who has it, in words; null: nobody.</param>
public sealed record LockAnswer(long? Token, int Before, string? HeldBy);

/// <summary>What asking a rate came to.</summary>
/// <param name="Granted">Whether a moment was taken; otherwise it is to be asked again after the wait.</param>
/// <param name="WaitSeconds">How long until then.</param>
public readonly record struct RateAnswer(bool Granted, double WaitSeconds);

/// <summary>What running bodies share: locks, and rates.</summary>
public interface ILockStore
{
    /// <summary>Takes the lock or a place in its line. <paramref name="asked"/> is the request: asked again, it keeps its place, and gets what it has got already.</summary>
    /// <returns>Null: the attempt is not this worker's any more.</returns>
    /// <exception cref="FailTaskException">The attempt has the lock itself.</exception>
    Task<LockAnswer?> TakeLockAsync(int workerId, InstanceKey key, short attempt, string name, Guid asked, TimeSpan lease, TimeSpan patience, CancellationToken cancellation);

    /// <returns>False: its time was over, or its attempt is.</returns>
    Task<bool> RenewLockAsync(string name, long token, TimeSpan lease, CancellationToken cancellation);

    /// <summary>Gives a lock back; nothing happens to one that is another's by now.</summary>
    Task ReleaseLockAsync(string name, long token, CancellationToken cancellation);

    /// <summary>Gives up a place in a line.</summary>
    Task LeaveLineAsync(Guid asked, CancellationToken cancellation);

    /// <param name="name">The rate.</param>
    /// <param name="key">What it is counted by.</param>
    /// <param name="rate">How much it lets through.</param>
    /// <param name="ahead">A moment further off is not taken.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<RateAnswer> TakeRateAsync(string name, string key, Rate rate, TimeSpan ahead, CancellationToken cancellation);
}
