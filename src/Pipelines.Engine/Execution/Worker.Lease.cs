using System.Diagnostics;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <content>Its lease: registered, renewed, and what happens when it is gone.</content>
public sealed partial class Worker
{
    /// <remarks>If the process dies here, the lease runs out and the scheduler takes the attempts back.</remarks>
    private async Task HeartbeatAsync(CancellationToken ended)
    {
        var wait = options.Lease / 3;
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(wait, ended).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            if (ended.IsCancellationRequested)
                return;
            wait = options.Lease / 3;
            versions.Sweep();
            var asked = Stopwatch.GetTimestamp();
            var worker = _workerId;
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ended);
                timeout.CancelAfter(options.Lease / 3);
                var runs = _running.Keys.Select(key => key.RunId).Distinct().ToList();
                // The driver tells the server of a cancelled call, which hangs when the network does: not waited for.
                var reply = await store.HeartbeatAsync(worker, options.Lease, _busy, _stuck, runs, timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false);
                if (!reply.Alive)
                {
                    await StartOverAsync(worker, ended).ConfigureAwait(false);
                    continue;
                }

                if (worker == _workerId)
                    Volatile.Write(ref _leaseRenewed, asked);
                foreach (var run in reply.CancelledRuns)
                    Cancel(run);
                Hold(reply.Draining);
            }
            catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
            {
                // Tried again, and soon: a third later the lease may be over, although the store was away for a moment only. If it
                // goes on, the guard gives up.
                wait = AnotherTry;
            }
            catch (Exception e)
            {
                // Whatever else it is, such as a database that is being restored: without a lease the worker could do nothing ever again.
                _outage.Lasts(e);
                wait = AnotherTry;
            }
        }
    }

    /// <summary>Drained by hand: it asks for no work until it is resumed.</summary>
    private void Hold(bool held)
    {
        if (held == Volatile.Read(ref _held))
            return;
        Volatile.Write(ref _held, held);
        WorkerLog.Held(logger, _workerId, held ? "drained: it takes no more work, what it runs goes on" : "resumed");
        _bell.Ring();
    }

    /// <remarks>
    /// If the process dies here, there is nothing to stop any more. A worker that cannot renew stops its attempts before the lease ends, by the monotonic clock: nobody else can have been given
    /// them by then. It then goes on under a new number, for what it has stopped is still running by the store's word until the old
    /// number is taken back. No call is waited for here: one that hangs must not keep the worker from stopping.
    /// </remarks>
    private async Task GuardLeaseAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            var left = options.Lease * 0.9 - Stopwatch.GetElapsedTime(Volatile.Read(ref _leaseRenewed));
            if (left > TimeSpan.Zero)
                await Task.Delay(left + TimeSpan.FromMilliseconds(1), ended).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            else
                await StartOverAsync(_workerId, ended).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The lease is gone: nothing that runs here may be reported. Registers anew, under a new number. The committer and the
    /// heartbeat may both find out; <paramref name="lost"/> is the number they asked with, so that only the first one acts.
    /// </summary>
    private async Task StartOverAsync(int lost, CancellationToken cancellation)
    {
        await _registering.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_workerId != lost)
                return;
            WorkerLog.LeaseLost(logger, lost, _running.Count);
            Volatile.Write(ref _givenUp, lost);                   // before: work that arrives just now is not begun
            Interlocked.MemoryBarrier();
            StopAll(StopReason.LeaseLost);
            while (_ended.TryDequeue(out _))
            {
            }

            await RegisterAsync(cancellation).ConfigureAwait(false);
            _bell.Ring();
        }
        finally
        {
            _registering.Release();
        }
    }

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        int? before = _workerId == 0 ? null : _workerId;
        while (true)
        {
            try
            {
                var asked = Stopwatch.GetTimestamp();
                _workerId = await InTimeAsync(
                    token => store.RegisterAsync(options.Name, options.Queues, options.Slots, options.Lease, before, token), cancellation).ConfigureAwait(false);
                Volatile.Write(ref _leaseRenewed, asked);
                _bell.Ring();
                return;
            }
            catch (Exception e) when (e is StoreUnavailableException || before is not null && e is not OperationCanceledException)
            {
                _outage.Lasts(e);                                 // an error that is no outage ends the start, which says why, and no worker later
                await PauseAsync(cancellation).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>
    /// A call without an answer for a whole lease has a connection that hangs: it is given up, and the next one takes another. The
    /// driver would first tell the server of it, which hangs as well when the network does: that is not waited for.
    /// </summary>
    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken ended)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ended);
        timeout.CancelAfter(options.Lease);
        try
        {
            return await call(timeout.Token).WaitAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ended.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"PostgreSQL has not answered for {options.Lease.TotalSeconds:0.#} s.", e);
        }
    }

    private bool LeaseIsEnding() => Stopwatch.GetElapsedTime(Volatile.Read(ref _leaseRenewed)) > options.Lease * 0.9;
}
