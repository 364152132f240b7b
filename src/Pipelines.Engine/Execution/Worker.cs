using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// A worker process: one committer that reports what has ended and takes what is ready in the same statement, and a heartbeat.
/// Natural group commit: whatever piled up during one commit goes with the next; idle, a single report goes at once.
/// </summary>
public sealed class Worker(WorkerOptions options, IWorkerStore store, IWakeups wakeups, VersionCache versions, OutputCache outputs, TaskExecutor executor, ILogger<Worker> logger)
    : IDisposable
{
    private readonly ConcurrentDictionary<InstanceKey, RunningAttempt> _running = new();
    private readonly ConcurrentQueue<Report> _ended = new();
    private readonly Bell _bell = new(options.Poll);
    private readonly SemaphoreSlim _registering = new(1, 1);
    private int _workerId;
    private int _busy;
    private int _stuck;
    private long _leaseRenewed;
    private bool _draining;
    private bool _reporting;

    /// <summary>Runs until <paramref name="stop"/>; then drains: running attempts finish, or are given back after the drain time.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        ThreadPool.GetMinThreads(out var threads, out var io);
        ThreadPool.SetMinThreads(Math.Max(threads, options.Slots + 8), io);      // bodies may block their thread
        using var wake = wakeups.Subscribe("pipelines_worker", _ => _bell.Ring());
        using var cancel = wakeups.Subscribe("pipelines_cancel", run => Cancel(long.Parse(run, System.Globalization.CultureInfo.InvariantCulture)));
        using var ended = new CancellationTokenSource();
        await RegisterAsync(ended.Token).ConfigureAwait(false);
        var heartbeat = Task.Run(() => HeartbeatAsync(ended.Token), CancellationToken.None);
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
            await Task.WhenAll(commit, heartbeat).ConfigureAwait(false);
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
                var want = Volatile.Read(ref _draining) ? 0 : Math.Max(0, options.Slots - Volatile.Read(ref _busy));
                if (LeaseIsEnding())
                    want = 0;                                     // the heartbeat is about to give up what runs here
                else if (broken)
                {
                    await RecoverAsync(worker, batch, ended).ConfigureAwait(false);
                    broken = false;
                }

                if (batch.Count == 0 && want == 0)
                    continue;
                var reply = await store.AdvanceAsync(worker, options.Queues, batch, want, ended).ConfigureAwait(false);
                foreach (var key in reply.Fenced)
                    WorkerLog.Fenced(logger, key.RunId, key.TaskNo, key.MapIndex);
                Keep(batch, reply.Fenced);
                batch.Clear();
                if (reply.Assignments.Count > 0)
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
                WorkerLog.StoreUnavailable(logger, e.Message);
                broken = true;
                await PauseAsync(ended).ConfigureAwait(false);
                _bell.Ring();
            }
            catch (Exception e) when (!ended.IsCancellationRequested)
            {
                // The store refuses something in this batch for good: one bad outcome must not keep the others back.
                WorkerLog.Refused(logger, e, batch.Count);
                await ReportOneByOneAsync(worker, batch, ended).ConfigureAwait(false);
                broken = true;
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
            if (report is { Outcome: TaskState.Succeeded, Key.MapIndex: < 0 } && !fenced.Contains(report.Key))
                outputs.Add(report.Key, report.Epoch, report.Output);
        }
    }

    private async Task ReportOneByOneAsync(int worker, List<Report> batch, CancellationToken cancellation)
    {
        if (batch.Count == 0)
            await PauseAsync(cancellation).ConfigureAwait(false);
        foreach (var report in batch.ToList())
        {
            try
            {
                await store.AdvanceAsync(worker, options.Queues, [report], 0, cancellation).ConfigureAwait(false);
                batch.Remove(report);
            }
            catch (Exception e) when (e is not (StoreUnavailableException or LeaseLostException or OperationCanceledException) && report.Outcome != TaskState.Failed)
            {
                // Reported as failed by the next batch; the text is ours, so that it can be stored.
                batch[batch.IndexOf(report)] = new(report.Key, report.Attempt, TaskState.Failed, Why: "The outcome could not be stored; the worker's log says why.");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                WorkerLog.Refused(logger, e, 1);
                return;
            }
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
        var mine = (await store.LoadMineAsync(worker, cancellation).ConfigureAwait(false)).Assignments;
        batch.RemoveAll(report => !mine.Any(a => a.Key == report.Key && a.Attempt == report.Attempt));
        // An attempt that ends is reported before it leaves those that run: read in this order, it is in one of them.
        var known = batch.Select(report => (report.Key, report.Attempt))
            .Concat(_running.Values.Select(attempt => (attempt.Assignment.Key, attempt.Assignment.Attempt)).ToList())
            .Concat(_ended.Select(report => (report.Key, report.Attempt)).ToList())
            .ToHashSet();
        var unknown = mine.Where(a => !known.Contains((a.Key, a.Attempt))).ToList();
        if (unknown.Count > 0)
            Start(worker, unknown);
    }

    private void Start(int worker, IReadOnlyList<Assignment> assignments)
    {
        foreach (var assignment in assignments)
        {
            _running[assignment.Key] = new RunningAttempt(assignment, worker);
            Interlocked.Increment(ref _busy);
        }

        _ = Task.Run(() => PrepareAsync(assignments));
    }

    /// <summary>Versions and inputs of a whole batch are read together, then every attempt goes its own way.</summary>
    private async Task PrepareAsync(IReadOnlyList<Assignment> assignments)
    {
        var ready = new List<(RunningAttempt Attempt, LoadedVersion Version)>(assignments.Count);
        foreach (var assignment in assignments)
        {
            if (!_running.TryGetValue(assignment.Key, out var attempt))
                continue;
            try
            {
                ready.Add((attempt, await versions.GetAsync(assignment.VersionId).ConfigureAwait(false)));
            }
            catch (Exception e)
            {
                // Whatever keeps an assembly from loading here fails this attempt with its reason, and no other.
                End(attempt, Outcome.NotLoaded(assignment, options.Name, e));
            }
        }

        var wanted = new HashSet<(InstanceKey, int)>();
        foreach (var (attempt, version) in ready)
        {
            foreach (var upstream in version.Inputs[attempt.Assignment.Key.TaskNo])
                wanted.Add((new(attempt.Assignment.Key.RunId, upstream, -1), attempt.Assignment.Epoch));
        }

        var found = await LoadAsync(wanted).ConfigureAwait(false);
        foreach (var (attempt, version) in ready)
        {
            var a = attempt.Assignment;
            if (found is null)
                End(attempt, Outcome.GivenBack(a));
            else
                _ = RunAsync(attempt, version, [.. version.Inputs[a.Key.TaskNo].Select(up => found[(new(a.Key.RunId, up, -1), a.Epoch)])]);
        }
    }

    private async Task<IReadOnlyDictionary<(InstanceKey Key, int Epoch), CachedOutput>?> LoadAsync(HashSet<(InstanceKey, int)> wanted)
    {
        try
        {
            return await outputs.LoadAsync(wanted, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            WorkerLog.StoreUnavailable(logger, e.Message);
            return null;
        }
    }

    private async Task RunAsync(RunningAttempt attempt, LoadedVersion version, CachedOutput[] inputs)
    {
        Task? stuck = null;
        var report = await executor.ExecuteAsync(attempt, version, inputs, body => stuck = body).ConfigureAwait(false);
        if (stuck is null)
        {
            End(attempt, report);
            return;
        }

        // The attempt is over, its thread is not: the slot stays taken, and everybody can see it.
        WorkerLog.Stuck(logger, report?.Key.RunId ?? 0, version.Spec.Id, version.Spec.Tasks[attempt.Assignment.Key.TaskNo].Id);
        Interlocked.Increment(ref _stuck);
        if (report is not null)
            _ended.Enqueue(report);
        _running.TryRemove(new(attempt.Assignment.Key, attempt));
        _bell.Ring();
        await stuck.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        Interlocked.Decrement(ref _stuck);
        Interlocked.Decrement(ref _busy);
        attempt.Dispose();
        _bell.Ring();
    }

    private void End(RunningAttempt attempt, Report? report)
    {
        if (report is not null && attempt.WorkerId == _workerId)
            _ended.Enqueue(report);
        _running.TryRemove(new(attempt.Assignment.Key, attempt));
        Interlocked.Decrement(ref _busy);
        attempt.Dispose();
        _bell.Ring();
    }

    private void Cancel(long run)
    {
        foreach (var attempt in _running.Values.Where(attempt => attempt.Assignment.Key.RunId == run))
            attempt.Stop(StopReason.Cancelled);
    }

    /// <remarks>
    /// If the process dies here, the lease runs out and the scheduler takes the attempts back. A worker that cannot renew stops its
    /// attempts before the lease ends, by the monotonic clock: nobody else can have been given them by then. It then goes on under
    /// a new number, for what it has stopped is still running by the store's word until the old number is taken back.
    /// </remarks>
    private async Task HeartbeatAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            await Task.Delay(options.Lease / 3, ended).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            if (ended.IsCancellationRequested)
                return;
            var asked = Stopwatch.GetTimestamp();
            var worker = _workerId;
            try
            {
                using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ended);
                timeout.CancelAfter(options.Lease / 3);
                var runs = _running.Keys.Select(key => key.RunId).Distinct().ToList();
                var reply = await store.HeartbeatAsync(worker, options.Lease, _busy, _stuck, runs, timeout.Token).ConfigureAwait(false);
                if (!reply.Alive)
                {
                    await StartOverAsync(worker, ended).ConfigureAwait(false);
                    continue;
                }

                Volatile.Write(ref _leaseRenewed, asked);
                foreach (var run in reply.CancelledRuns)
                    Cancel(run);
            }
            catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
            {
                if (LeaseIsEnding())
                    await StartOverAsync(worker, ended).ConfigureAwait(false);
            }
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
        while (true)
        {
            try
            {
                var asked = Stopwatch.GetTimestamp();
                _workerId = await store.RegisterAsync(options.Name, options.Queues, options.Slots, options.Lease, cancellation).ConfigureAwait(false);
                Volatile.Write(ref _leaseRenewed, asked);
                _bell.Ring();
                return;
            }
            catch (StoreUnavailableException e)
            {
                WorkerLog.StoreUnavailable(logger, e.Message);
                await PauseAsync(cancellation).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private bool LeaseIsEnding() => Stopwatch.GetElapsedTime(Volatile.Read(ref _leaseRenewed)) > options.Lease * 0.9;

    private void StopAll(StopReason reason)
    {
        foreach (var attempt in _running.Values)
            attempt.Stop(reason);
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
                await store.AdvanceAsync(_workerId, options.Queues, [.. _ended], 0, timeout.Token).ConfigureAwait(false);
            await store.LeaveAsync(_workerId, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or LeaseLostException or OperationCanceledException)
        {
            WorkerLog.StoreUnavailable(logger, e.Message);        // the lease runs out instead
        }
    }

    private static Task PauseAsync(CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromMilliseconds(250), cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
}
