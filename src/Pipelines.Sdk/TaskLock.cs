namespace Pipelines;

/// <summary>A lock that an attempt holds, from <see cref="TaskContext.LockAsync"/>; given back by <c>await using</c>, or with the attempt.</summary>
public sealed class TaskLock : IAsyncDisposable
{
    private readonly Func<ValueTask> _release;

    internal TaskLock(string name, long token, Func<ValueTask> release, CancellationToken lost) => (Name, Token, _release, Lost) = (name, token, release, lost);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>
    /// Greater than that of everybody who has had the lock before. Give it to what the lock protects, and let that refuse a smaller one: a process that stood still for longer than the lease does not know that it has lost the lock.
    /// </summary>
    /// <example><code>update stock set n = @n, token = @token where id = @id and token &lt;= @token</code></example>
    public long Token { get; }

    /// <summary>Signalled when the lock could not be renewed and is, or may be, another's.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Gives the lock back.</summary>
    public ValueTask DisposeAsync() => _release();
}
