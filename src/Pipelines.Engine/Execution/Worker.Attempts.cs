using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <content>The attempts it runs, from the assignment to the slot that is free again.</content>
public sealed partial class Worker
{
    private void Start(int worker, IReadOnlyList<Assignment> assignments)
    {
        foreach (var assignment in assignments)
        {
            var attempt = _running[assignment.Key] = new RunningAttempt(assignment, worker);
            if (assignment.Stopping)
                attempt.Stop(StopReason.Cancelled);
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
            WorkerLog.Refused(logger, e, wanted.Count);
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

    private void StopAll(StopReason reason)
    {
        foreach (var attempt in _running.Values)
            attempt.Stop(reason);
    }
}
