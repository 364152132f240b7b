using Pipelines.Engine.Ports;

namespace Pipelines.Testing;

/// <summary>Locks and rates of one run in memory, in which attempts run one after the other: a lock is free unless the attempt that asks has it itself.</summary>
internal sealed class MemoryLocks
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _held = [];
    private readonly Dictionary<(string, string), TimeSpan> _tat = [];
    private long _token;

    public TaskLock Take(string name)
    {
        lock (_gate)
        {
            if (!_held.Add(name))
                throw new FailTaskException($"This attempt has the lock '{name}' already, and would wait for itself. Take it once, and pass it on.");
            return new TaskLock(name, ++_token, () =>
            {
                lock (_gate)
                    _held.Remove(name);
                return ValueTask.CompletedTask;
            }, CancellationToken.None);
        }
    }

    /// <summary>Given up with the attempt.</summary>
    public void Clear()
    {
        lock (_gate)
            _held.Clear();
    }

    /// <summary>How long to wait for the next moment that the rate lets through, which is taken.</summary>
    public TimeSpan Pass(string name, Rate rate, string key, TimeSpan now)
    {
        lock (_gate)
        {
            var cost = rate.Per / rate.Starts;
            var tat = _tat.TryGetValue((name, key), out var known) && known > now ? known : now;
            var at = tat - cost * (rate.Burst - 1) is var first && first > now ? first : now;
            _tat[(name, key)] = (tat > at ? tat : at) + cost;
            return at - now;
        }
    }
}

/// <content>What the body shares with others.</content>
internal sealed partial class MemoryHost
{
    public Task<TaskLock> LockAsync(string name, TimeSpan lease, TimeSpan? wait, CancellationToken cancellation) => Task.FromResult(settings.Locks.Take(name));

    public Task RateAsync(string name, Rate rate, string key, CancellationToken cancellation)
    {
        var time = (TimeProvider?)settings.Clock ?? TimeProvider.System;
        var wait = settings.Locks.Pass(name, rate, key, time.GetElapsedTime(0, time.GetTimestamp()));
        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellation) : Task.CompletedTask;
    }
}
