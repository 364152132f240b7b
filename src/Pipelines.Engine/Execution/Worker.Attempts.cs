using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Engine.Execution;

/// <content>The attempts it runs, from the assignment to the slot that is free again.</content>
public sealed partial class Worker
{
    private void Start(int worker, IReadOnlyList<Assignment> assignments)
    {
        var attempts = new List<RunningAttempt>(assignments.Count);
        foreach (var assignment in assignments)
        {
            if (_running.TryGetValue(assignment.Key, out var old))
                old.Stop(StopReason.Fenced);                      // cleared and handed out anew, here
            var attempt = _running[assignment.Key] = new RunningAttempt(assignment, worker);
            attempts.Add(attempt);
            if (assignment.Stopping)
                attempt.Stop(StopReason.Cancelled);
            Interlocked.Increment(ref _busy);
        }

        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _givenUp) >= worker)                // numbers grow: it may have been given up twice meanwhile
            StopAll(StopReason.LeaseLost);                        // these came too late to be stopped with the others
        if (attempts.Count > 0)
            _ = Task.Run(() => PrepareAsync(attempts));
    }

    /// <summary>
    /// Versions and inputs of a whole batch are read together, then every attempt goes its own way. These attempts and no others: to load an assembly may take long, and an instance may be
    /// handed out here anew meanwhile.
    /// </summary>
    private async Task PrepareAsync(List<RunningAttempt> attempts)
    {
        var ready = new List<(RunningAttempt Attempt, VersionUse Use)>(attempts.Count);
        foreach (var attempt in attempts)
        {
            try
            {
                ready.Add((attempt, await versions.UseAsync(attempt.Assignment.VersionId).ConfigureAwait(false)));
            }
            catch (Exception e)
            {
                // Whatever keeps an assembly from loading here fails this attempt with its reason, and no other.
                End(attempt, Outcome.NotLoaded(attempt.Assignment, options.Name, e));
            }
        }

        if (Traces.On)
            await TraceAsync([.. ready.Select(one => one.Attempt)]).ConfigureAwait(false);
        var wanted = new HashSet<(InstanceKey, int)>();
        foreach (var (attempt, use) in ready)
        {
            foreach (var input in use.Version.Inputs[attempt.Assignment.Key.TaskNo])
                wanted.Add((input.KeyFor(attempt.Assignment.Key), attempt.Assignment.Epoch));
        }

        var found = await LoadAsync(wanted).ConfigureAwait(false);
        foreach (var (attempt, use) in ready)
        {
            var a = attempt.Assignment;
            if (found is null)
            {
                use.Dispose();
                End(attempt, Outcome.GivenBack(a));
            }
            else
                _ = RunAsync(attempt, use, [.. use.Version.Inputs[a.Key.TaskNo].Select(input => found[(input.KeyFor(a.Key), a.Epoch)])]);
        }
    }

    /// <summary>A trace that cannot be had keeps no attempt from running.</summary>
    private async Task TraceAsync(IReadOnlyList<RunningAttempt> attempts)
    {
        try
        {
            var runs = (traces is null ? [] : await traces.LoadAsync([.. attempts.Select(attempt => attempt.Assignment.Key.RunId).Distinct()], CancellationToken.None).ConfigureAwait(false))
                .ToDictionary(run => run.RunId);
            foreach (var attempt in attempts)
                attempt.Trace = runs.GetValueOrDefault(attempt.Assignment.Key.RunId);
        }
        catch (StoreUnavailableException e)
        {
            WorkerLog.NotTraced(logger, e, attempts.Count);
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

    private async Task RunAsync(RunningAttempt attempt, VersionUse use, CachedOutput[] inputs)
    {
        using var inUse = use;                                    // a stuck body's assembly must stay loaded until it returns
        var version = use.Version;
        Task? stuck = null;
        Report? report;
        try
        {
            report = await executor.ExecuteAsync(attempt, version, inputs, body => stuck = body).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Such as an error whose own message throws: without an end the attempt would run for ever.
            WorkerLog.Untold(logger, e, attempt.Assignment.Key.RunId);
            report = new(attempt.Assignment.Key, attempt.Assignment.Attempt, TaskState.Failed, Why: $"How it ended cannot be told: {e.GetType().Name}. The worker's log has the details.");
        }

        if (stuck is null)
        {
            End(attempt, report);
            return;
        }

        // The attempt is over, its thread is not: the slot stays taken, and everybody can see it.
        WorkerLog.Stuck(logger, attempt.Assignment.Key.RunId, version.Spec.Id, version.Spec.Tasks[attempt.Assignment.Key.TaskNo].Id);
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
        if (report is not null && attempt.WorkerId == _workerId && !attempt.IsTakenBack)
            _ended.Enqueue(report);
        _running.TryRemove(new(attempt.Assignment.Key, attempt));
        Interlocked.Decrement(ref _busy);
        attempt.Dispose();
        _bell.Ring();
    }

    private void Cancel(long run)
    {
        foreach (var attempt in _running.Values.Where(attempt => attempt.Assignment.Key.RunId == run && !attempt.Assignment.Shielded))
            attempt.Stop(StopReason.Cancelled);
    }

    /// <summary>Stops one attempt that is no longer this worker's.</summary>
    /// <param name="payload">Run, task, map index and attempt, as pipelines_fenced says them.</param>
    private void Fence(string payload)
    {
        if (payload.Split(' ') is [var run, var task, var map, var number]
            && _running.TryGetValue(new(Parsed<long>(run), Parsed<int>(task), Parsed<int>(map)), out var attempt)
            && attempt.Assignment.Attempt == Parsed<short>(number))
            attempt.Stop(StopReason.Fenced);

        static T Parsed<T>(string text)
            where T : IParsable<T> => T.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private void StopAll(StopReason reason)
    {
        foreach (var attempt in _running.Values)
            attempt.Stop(reason);
    }
}
