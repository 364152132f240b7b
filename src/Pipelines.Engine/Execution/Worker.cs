using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// A worker process: one committer that reports what has ended and takes what is ready in the same statement, and a heartbeat.
/// Natural group commit: whatever piled up during one commit goes with the next; idle, a single report goes at once.
/// </summary>
public sealed partial class Worker(
    WorkerOptions options, IWorkerStore store, IWakeups wakeups, VersionCache versions, OutputCache outputs, TaskExecutor executor, ILogger<Worker> logger, ITraceStore? traces = null)
    : IDisposable
{
    /// <summary>After a call that the store did not answer.</summary>
    private static readonly TimeSpan AnotherTry = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<InstanceKey, RunningAttempt> _running = new();
    private readonly ConcurrentQueue<Report> _ended = new();
    private readonly Bell _bell = new(options.Poll);
    private readonly Outage _outage = new(logger);
    private readonly SemaphoreSlim _registering = new(1, 1);
    private int _workerId;
    private int _givenUp;
    private int _busy;
    private int _stuck;
    private long _leaseRenewed;
    private bool _draining;
    private bool _held;
    private bool _reporting;

    /// <summary>Runs until <paramref name="stop"/>; then drains: running attempts finish, or are given back after the drain time.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        ThreadPool.GetMinThreads(out var threads, out var io);
        ThreadPool.SetMinThreads(Math.Max(threads, options.Slots + 8), io);      // bodies may block their thread
        using var wake = wakeups.Subscribe("pipelines_worker", _ => _bell.Ring());
        using var cancel = wakeups.Subscribe("pipelines_cancel", run => Cancel(long.Parse(run, System.Globalization.CultureInfo.InvariantCulture)));
        using var fenced = wakeups.Subscribe("pipelines_fenced", Fence);
        using var ended = new CancellationTokenSource();
        await RegisterAsync(ended.Token).ConfigureAwait(false);
        var heartbeat = Task.Run(() => HeartbeatAsync(ended.Token), CancellationToken.None);
        var guard = Task.Run(() => GuardLeaseAsync(ended.Token), CancellationToken.None);
        using var draining = stop.Register(() =>
        {
            Volatile.Write(ref _draining, true);
            _bell.Ring();
        });
        var commit = Task.Run(() => CommitAsync(ended.Token), CancellationToken.None);
        await Task.WhenAny(commit, Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false);

        await DrainAsync(commit).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(commit, heartbeat, guard).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // One of them was registering anew.
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _bell.Dispose();
        _registering.Dispose();
    }

    /// <remarks>
    /// If the process dies before the statement commits, nothing of the batch has happened: the attempts are still running by the
    /// store's word, are lost with this worker, and run again. If it dies after, the outcomes stand, and what the statement handed
    /// out is lost with this worker and runs again. There is no third case.
    /// </remarks>
    private async Task CommitAsync(CancellationToken ended)
    {
        var batch = new List<Report>();
        var broken = false;
        var lookAgain = long.MaxValue;
        while (true)
        {
            var worker = _workerId;
            try
            {
                await _bell.WaitAsync(ended).ConfigureAwait(false);
                worker = _workerId;
                Volatile.Write(ref _reporting, true);             // before a report leaves the queue: a drain waits for both
                await CollectAsync(batch).ConfigureAwait(false);
                // A report's slot is free from here on: the same statement may fill it again.
                var want = Volatile.Read(ref _draining) || Volatile.Read(ref _held) ? 0 : Math.Max(0, options.Slots - Volatile.Read(ref _busy));
                if (LeaseIsEnding())
                    want = 0;                                     // the heartbeat is about to give up what runs here
                else if (broken || Stopwatch.GetTimestamp() > lookAgain)
                {
                    await RecoverAsync(worker, batch, ended).ConfigureAwait(false);
                    // The call may not even have reached the store yet, through a network that holds it back: one more look.
                    lookAgain = broken ? Stopwatch.GetTimestamp() + (long)(options.Lease.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;
                    broken = false;
                }

                if (batch.Count == 0 && want == 0)
                    continue;
                var reply = await InTimeAsync(token => AdvanceAsync(worker, batch, want, token), ended).ConfigureAwait(false);
                _outage.Over();
                foreach (var key in reply.Fenced)
                    WorkerLog.Fenced(logger, key.RunId, key.TaskNo, key.MapIndex);
                Keep(batch, reply.Fenced);
                batch.Clear();
                if (LeaseIsEnding())
                    await StartOverAsync(worker, ended).ConfigureAwait(false);   // the process was frozen, or the answer under way, for too long
                Start(worker, reply.Assignments);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (LeaseLostException)
            {
                batch.Clear();
                await StartOverAsync(worker, ended).ConfigureAwait(false);
            }
            catch (StoreUnavailableException e)
            {
                _outage.Lasts(e);
                broken = true;
                await PauseAsync(ended).ConfigureAwait(false);
                _bell.Ring();
            }
            catch (Exception e) when (!ended.IsCancellationRequested)
            {
                // A fault of ours: seen in the log until it is mended; nothing of the batch is lost.
                WorkerLog.Refused(logger, e, batch.Count);
                broken = true;
                await PauseAsync(ended).ConfigureAwait(false);
                _bell.Ring();
            }
            finally
            {
                Volatile.Write(ref _reporting, batch.Count > 0);
            }
        }
    }

    /// <summary>Outputs for the successors that may be handed out with this reply. A fenced one is not the instance's: another attempt's is.</summary>
    private void Keep(List<Report> batch, IReadOnlyList<InstanceKey> fenced)
    {
        foreach (var report in batch)
        {
            if (report is { Outcome: TaskState.Succeeded, Keep: true } && !fenced.Contains(report.Key))
                outputs.Add(report.Key, report.Epoch, report.Output);
        }
    }

    /// <summary>A report that the store does not take fails its own attempt; the others go without it, and without asking for work.</summary>
    private async Task<AdvanceReply> AdvanceAsync(int worker, List<Report> batch, int want, CancellationToken cancellation)
    {
        try
        {
            return await store.AdvanceAsync(worker, options.Queues, batch, want, cancellation).ConfigureAwait(false);
        }
        catch (DataRefusedException) when (batch.Count > 1)
        {
            var fenced = new List<InstanceKey>();
            for (var i = 0; i < batch.Count; i++)
            {
                List<Report> one = [batch[i]];
                fenced.AddRange((await AdvanceAsync(worker, one, 0, cancellation).ConfigureAwait(false)).Fenced);
                batch[i] = one[0];
            }

            _bell.Ring();
            return new AdvanceReply([], fenced);
        }
        catch (DataRefusedException e) when (batch is [{ Outcome: TaskState.Succeeded } report])
        {
            batch[0] = Outcome.Refused(report, e.Message);
            return await store.AdvanceAsync(worker, options.Queues, batch, want, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes what has ended, and as long as more arrives with every turn of the thread pool, that too: bodies that were started
    /// together and end together share a commit. A single report waits for one turn, some microseconds.
    /// </summary>
    private async Task CollectAsync(List<Report> batch)
    {
        var before = -1;
        while (batch.Count > before)
        {
            before = batch.Count;
            await Task.Yield();
            while (_ended.TryDequeue(out var report))
                batch.Add(report);
        }
    }

    /// <summary>
    /// After a broken call: the reports may have been taken although the answer was lost, and work may have been handed out that never
    /// arrived here. What the store says is running here and is not gets started; reports of what it says has ended are dropped.
    /// </summary>
    private async Task RecoverAsync(int worker, List<Report> batch, CancellationToken cancellation)
    {
        // Before the store is asked: one that ends meanwhile, perhaps by its own last transaction, may be running still by the answer. An attempt that ends is
        // reported before it leaves those that run: read in this order, it is in one of them.
        var known = batch.Select(report => (report.Key, report.Attempt))
            .Concat(_running.Values.Select(attempt => (attempt.Assignment.Key, attempt.Assignment.Attempt)).ToList())
            .Concat(_ended.Select(report => (report.Key, report.Attempt)).ToList())
            .ToHashSet();
        var mine = (await InTimeAsync(token => store.LoadMineAsync(worker, token), cancellation).ConfigureAwait(false)).Assignments;
        batch.RemoveAll(report => !mine.Any(a => a.Key == report.Key && a.Attempt == report.Attempt));
        var unknown = mine.Where(a => !known.Contains((a.Key, a.Attempt))).ToList();
        if (unknown.Count > 0)
            Start(worker, unknown);
    }

    private async Task DrainAsync(Task commit)
    {
        var started = Stopwatch.GetTimestamp();
        var cancelled = false;
        while (!commit.IsCompleted && (!_running.IsEmpty || !_ended.IsEmpty || Volatile.Read(ref _reporting)) && Stopwatch.GetElapsedTime(started) < options.Drain + options.CancelGrace)
        {
            if (!cancelled && Stopwatch.GetElapsedTime(started) > options.Drain)
            {
                StopAll(StopReason.Draining);
                cancelled = true;
            }

            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    private async Task LeaveAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            if (!_ended.IsEmpty)
                await AdvanceAsync(_workerId, [.. _ended], 0, timeout.Token).ConfigureAwait(false);
            await store.LeaveAsync(_workerId, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or LeaseLostException or OperationCanceledException)
        {
            WorkerLog.LeftInHaste(logger, e.Message);             // the lease runs out instead
        }
    }

    private static Task PauseAsync(CancellationToken cancellation) =>
        Task.Delay(AnotherTry, cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
}
