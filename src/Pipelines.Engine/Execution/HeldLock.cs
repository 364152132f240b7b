using System.Diagnostics;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>A lock while it is held: renewed, and known to be lost before its lease is over, whatever hangs.</summary>
internal sealed class HeldLock(ILockStore store, string name, long token, TimeSpan lease, long takenAt) : IAsyncDisposable
{
    private static readonly TimeSpan AnotherTry = TimeSpan.FromMilliseconds(250);
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _released = new();
    private Task _renewing = Task.CompletedTask;
    private long _since;
    private int _given;

    public TaskLock Start()
    {
        Rearm(takenAt);
        _renewing = Task.Run(RenewAsync);
        return new TaskLock(name, token, DisposeAsync, _lost.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _given, 1) == 1)
            return;
        await _released.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        _lost.CancelAfter(Timeout.InfiniteTimeSpan);
        var left = lease - Stopwatch.GetElapsedTime(Volatile.Read(ref _since));
        using var over = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        try
        {
            // Not left to its lease at the first broken call: the body may ask for it again at once.
            await Patience.UntilThereAsync(
                async () =>
                {
                    await store.ReleaseLockAsync(name, token, CancellationToken.None).ConfigureAwait(false);
                    return true;
                },
                TimeProvider.System,
                over.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The lease has ended.
        }
    }

    /// <remarks>If the process dies here, the lease runs out, or its worker is found dead: whichever is first. One whose attempt has ended without giving it back finds that out at the next renewal.</remarks>
    private async Task RenewAsync()
    {
        var wait = lease / 3;
        while (!_released.IsCancellationRequested)
        {
            await Task.Delay(wait, _released.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            if (_released.IsCancellationRequested || _lost.IsCancellationRequested)
                return;
            var asked = Stopwatch.GetTimestamp();
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_released.Token);
                timeout.CancelAfter(lease / 3);
                if (!await store.RenewLockAsync(name, token, lease, timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false))
                {
                    await _lost.CancelAsync().ConfigureAwait(false);
                    return;
                }

                Rearm(asked);
                wait = lease / 3;
            }
            catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
            {
                wait = AnotherTry;
            }
        }
    }

    /// <summary>Held by the store's word since then.</summary>
    private void Rearm(long since)
    {
        Volatile.Write(ref _since, since);
        var left = lease * 0.9 - Stopwatch.GetElapsedTime(since);
        _lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
