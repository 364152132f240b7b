using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Engine.Execution;

/// <summary>
/// One attempt from its assignment to its report: define the DAG on a fresh instance, run the body, decide the outcome, flush
/// the log. Nothing of the plugin outlives the attempt.
/// </summary>
/// <param name="options">The worker's.</param>
/// <param name="store">The store.</param>
/// <param name="shipper">Brings the logs there.</param>
/// <param name="connections">What bodies ask for by name.</param>
/// <param name="variables">And these.</param>
/// <param name="shared">Put back after each attempt; null where the process is somebody else's, such as a test's.</param>
/// <param name="payloads">Encodes what bodies hand over, and decodes what they take.</param>
public sealed class TaskExecutor(
    WorkerOptions options, IWorkerStore store, LogShipper shipper, IConnections connections, IVariables variables, SharedByBodies? shared = null, Payloads? payloads = null)
{
    private readonly Payloads _payloads = payloads ?? Payloads.None;

    /// <summary>Runs the attempt; <paramref name="stuck"/> is told of a body that does not return after it was cancelled.</summary>
    /// <returns>The report; null when the attempt is not this worker's any more and nothing may be reported.</returns>
    internal Task<Report?> ExecuteAsync(RunningAttempt attempt, LoadedVersion version, CachedOutput[] inputs, Action<Task> stuck) =>
        attempt.Trace is null ? RunAsync(attempt, version, inputs, stuck) : TraceAsync(attempt, version, inputs, stuck);

    private async Task<Report?> TraceAsync(RunningAttempt attempt, LoadedVersion version, CachedOutput[] inputs, Action<Task> stuck)
    {
        // The current span from here on, and so the body's: what it asks of others by HTTP is part of the trace by itself.
        var task = version.Spec.Tasks[attempt.Assignment.Key.TaskNo].Id;
        if (Traces.Attempt(attempt.Trace!, attempt.Assignment, version.Spec.Id, task, options.Name) is not { } span)
            return await RunAsync(attempt, version, inputs, stuck).ConfigureAwait(false);
        attempt.Span = span;
        Report? report = null;
        try
        {
            return report = await RunAsync(attempt, version, inputs, stuck).ConfigureAwait(false);
        }
        finally
        {
            Traces.End(span, report, attempt.Now);
        }
    }

    private async Task<Report?> RunAsync(RunningAttempt attempt, LoadedVersion version, CachedOutput[] inputs, Action<Task> stuck)
    {
        var log = new AttemptLog(attempt, shipper);
        attempt.Shape = version.Shapes[attempt.Assignment.Key.TaskNo];
        var task = version.Spec.Tasks[attempt.Assignment.Key.TaskNo];
        var limit = AttemptLimit.Of(task, attempt.Now - attempt.Assignment.FirstStartedAt);
        Report? report;
        try
        {
            if (await FailuresAsync(attempt.Assignment.Key, version, task).ConfigureAwait(false) is not { } failures
                || await UpdatesAsync(attempt.Assignment.Key.RunId, version).ConfigureAwait(false) is not { } updates)
                return Outcome.GivenBack(attempt.Assignment);
            // Stopped before it begins, as while its assembly was loaded: a body that does not look at its token would do all its work.
            if (attempt.Reason != StopReason.None)
                return Unbegun(attempt);
            if (limit.Left <= TimeSpan.Zero)
                throw new TimeoutException($"{limit.Why}.");
            var body = Task.Run(async () =>
            {
                try
                {
                    return await RunBodyAsync(attempt, version, task, inputs, failures, updates, log).ConfigureAwait(false);
                }
                finally
                {
                    shared?.PutBack(log);
                }
            });
            report = await WatchAsync(attempt, task, limit, body, stuck).ConfigureAwait(false);
            if (_payloads.Encodes && report?.Output is { } output)
                report = report with { Encoded = _payloads.Encode(output, await attempt.ShapeAsync(store, _payloads).ConfigureAwait(false)) };
        }
        catch (Exception e)
        {
            report = Decide(attempt, task, limit, e);
            if (report?.Outcome == Report.Parked && Outcome.Cause(e) is not WaitTaskException)
                log.WriteAnyway(Microsoft.Extensions.Logging.LogLevel.Warning, $"The task waits. What its body threw beside that counts for nothing, for the body runs again: {Mask.Of(e.ToString())}");
        }

        if (attempt.Values is { } values)
            await values.FlushAsync().ConfigureAwait(false);
        if (attempt.HasEnded && report is not null)
        {
            if (report.Outcome != TaskState.Succeeded)
                log.WriteAnyway(Microsoft.Extensions.Logging.LogLevel.Warning, $"The task had succeeded with its last transaction when its body ended otherwise: {Mask.Of(report.Why)}");
            report = null;
        }

        if (report is not null)
            report = report with { Why = Mask.Of(report.Why), Keep = version.Keeps(report.Key) };

        if (report?.Outcome is TaskState.Failed or TaskState.RetryWait)
            log.WriteAnyway(Microsoft.Extensions.Logging.LogLevel.Error, Ending(report, attempt));
        await shipper.FlushAsync(log).ConfigureAwait(false);
        return report;
    }

    private async Task<byte[]?> RunBodyAsync(RunningAttempt attempt, LoadedVersion version, TaskSpec task, CachedOutput[] inputs, IReadOnlyList<TaskFailure> failures,
        IReadOnlyList<AssetUpdate> updates, AttemptLog log)
    {
        using var console = ConsoleCapture.Into(log);
        await using var scope = version.CreateScope();
        var dag = version.CreateDag(scope);
        if (attempt.Assignment.Arguments is { } arguments)
            dag.Bind(_payloads.Decode(System.Text.Encoding.UTF8.GetBytes(arguments), "The run's arguments"));
        else
            dag.Bind(default);
        var body = DagBuilder.BodyOf(dag, task.Id) ?? throw new FailTaskException(
            $"Define did not define task '{task.Id}' this time. It must give the same graph whenever it runs.");
        var key = attempt.Assignment.Key;
        var inputsOfBody = new TaskInputs(version.Inputs[key.TaskNo], inputs, key.MapIndex);
        FailPoint.Hit(FailPoint.BeforeBody);
        var output = await body(inputsOfBody, Context(attempt, version, task, failures, updates, log)).ConfigureAwait(false);
        FailPoint.Hit(FailPoint.AfterBody);
        return output;
    }

    /// <summary>What a callback is told of; null: the store is away.</summary>
    private async Task<IReadOnlyList<TaskFailure>?> FailuresAsync(InstanceKey key, LoadedVersion version, TaskSpec task)
    {
        if (task.Role is not (TaskRole.OnFailure or TaskRole.OnSuccess))
            return [];
        try
        {
            var stored = await store.LoadFailuresAsync(key.RunId, version.CallbackOf[key.TaskNo], CancellationToken.None).ConfigureAwait(false);
            // A run that has been moved to another version meanwhile may have tasks that this one does not know.
            return [.. stored.Where(f => f.Key.TaskNo < version.Spec.Tasks.Count).Select(f => new TaskFailure(version.Spec.Tasks[f.Key.TaskNo].Id, f.Key.MapIndex < 0 ? null : f.Key.MapIndex, f.Attempt, f.Error))];
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>What has started the run, of a DAG that is run by assets; null: the store is away.</summary>
    private async Task<IReadOnlyList<AssetUpdate>?> UpdatesAsync(long runId, LoadedVersion version)
    {
        try
        {
            return version.Spec.Assets is null ? []
                : [.. (await store.LoadUpdatesAsync(runId, CancellationToken.None).ConfigureAwait(false)).Select(update => update with { Extra = _payloads.Decode(update.Extra, $"What came with an update of '{update.Asset}'") })];
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private TaskContext Context(
        RunningAttempt attempt, LoadedVersion version, TaskSpec task, IReadOnlyList<TaskFailure> failures, IReadOnlyList<AssetUpdate> updates, AttemptLog log)
    {
        var a = attempt.Assignment;
        var steps = new AttemptSteps(a, attempt.WorkerId, store, log, () => attempt.Now, TimeProvider.System, _payloads);
        var context = new TaskContext
        {
            RunId = a.Key.RunId,
            DagId = version.Spec.Id,
            TaskId = task.Id,
            MapIndex = a.Key.MapIndex < 0 ? null : a.Key.MapIndex,
            Attempt = a.Attempt,
            ScheduledFor = a.ScheduledFor,
            KnownInterval = a.Interval,
            Failures = failures,
            Updates = updates,
            Logger = log,
            Cancellation = attempt.Token,
        };
        attempt.Waits = new AttemptWaits(a, attempt.WorkerId, store, store, steps, context.IdempotencyKey, options.PublicUrl, log, () => attempt.Now, TimeProvider.System, _payloads) { Span = attempt.Span };
        attempt.Beat();
        context.Host = new AttemptHost(version.Spec, attempt, store, connections, variables, steps, attempt.Waits, log, _payloads);
        return context;
    }

    /// <summary>Waits for the body, its timeout, or a reason to stop; then gives a cancelled body some time to return.</summary>
    private async Task<Report?> WatchAsync(RunningAttempt attempt, TaskSpec task, AttemptLimit limit, Task<byte[]?> body, Action<Task> stuck)
    {
        using var timer = limit.Left is { } left ? new Timer(_ => attempt.Stop(StopReason.TimedOut), null, TimeSpan.FromMilliseconds(Math.Min(left.TotalMilliseconds, int.MaxValue)), Timeout.InfiniteTimeSpan) : null;
        attempt.Beat();                                           // what it took to load the assembly is not the body's silence
        using var silence = task.HeartbeatTimeout is { } longest ? new SilenceWatch(attempt, longest) : null;
        if (await Task.WhenAny(body, attempt.StopAsked).ConfigureAwait(false) != body)
        {
            try
            {
                await body.WaitAsync(options.CancelGrace).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!body.IsCompleted)
            {
                stuck(body);
                if (attempt.Reason is StopReason.LeaseLost or StopReason.Draining or StopReason.Fenced)
                    return null;                                  // taken back as lost when the worker leaves
                throw new TimeoutException(
                    $"{Stopped(attempt, task, limit)} and ignored its cancellation for {options.CancelGrace.TotalSeconds:0} s. Its slot stays taken until it returns: "
                    + "pass context.Cancellation on to whatever it waits for.");
            }
        }

        var output = await body.ConfigureAwait(false);
        // A body that finished its work although it was told to stop has finished its work.
        return attempt.IsTakenBack ? null
            : attempt.Reason is StopReason.TimedOut or StopReason.Silent or StopReason.LogTooLong ? throw new TimeoutException(Stopped(attempt, task, limit))
            : attempt.Waits?.Pending is { } wait ? Outcome.Waits(attempt, task, wait)
            : ReferenceEquals(output, DagBuilder.NotYet) ? Outcome.NotYet(attempt, task.Poll ?? new PollPolicy(), Jitter())
            : Outcome.Succeeded(attempt.Assignment, output);
    }

    /// <summary>What can stop an attempt that has no body yet.</summary>
    private static Report? Unbegun(RunningAttempt attempt) => attempt.Reason switch
    {
        StopReason.Cancelled => Outcome.Cancelled(attempt.Assignment),
        StopReason.Draining => Outcome.GivenBack(attempt.Assignment),
        _ => null,
    };

    private Report? Decide(RunningAttempt attempt, TaskSpec task, AttemptLimit limit, Exception error) => (attempt.Reason, Outcome.Cause(error)) switch
    {
        (StopReason.LeaseLost or StopReason.Fenced, _) => null,
        (StopReason.None or StopReason.Draining or StopReason.Cancelled, _) when attempt.Waits?.Pending is { } wait => Outcome.Waits(attempt, task, wait),
        (StopReason.Draining, OperationCanceledException) => Outcome.GivenBack(attempt.Assignment),
        (StopReason.Cancelled, OperationCanceledException or TimeoutException) => Outcome.Cancelled(attempt.Assignment),
        (StopReason.None, PayloadKeyException key) => Outcome.NoKey(attempt.Assignment, options.Name, key),
        (StopReason.None, StoreUnavailableException) => Outcome.StoreAway(attempt.Assignment),
        (_, SkipTaskException skip) => Outcome.Skipped(attempt.Assignment, skip.Message),
        (StopReason.TimedOut or StopReason.Silent, OperationCanceledException or WaitTaskException) => Outcome.Failed(attempt, task, new TimeoutException(Stopped(attempt, task, limit)), Jitter()),
        (StopReason.LogTooLong, _) => Outcome.Failed(attempt, task, new FailTaskException(Stopped(attempt, task, limit)), Jitter()),
        _ => Outcome.Failed(attempt, task, error, Jitter()),
    };

    private static string Stopped(RunningAttempt attempt, TaskSpec task, AttemptLimit limit) => attempt.Reason switch
    {
        StopReason.LogTooLong => $"The attempt wrote more than {AttemptLog.Limit / 1_000_000} MB of log. Write bulk data to a file or an artefact.",
        StopReason.Cancelled => "The attempt was cancelled",
        StopReason.Silent => $"The attempt called no context.Heartbeat for longer than its heartbeat timeout of {task.HeartbeatTimeout}",
        _ => limit.Why,
    };

    private static string Ending(Report report, RunningAttempt attempt) => report.Outcome == TaskState.RetryWait
        ? $"Attempt {attempt.Assignment.Attempt} failed: {report.Why} Next attempt in {report.DelaySeconds:0.#} s.\n{Stack(report)}"
        : $"Attempt {attempt.Assignment.Attempt} failed: {report.Why}\n{Stack(report)}";

    private static string Stack(Report report)
    {
        using var detail = System.Text.Json.JsonDocument.Parse(report.Detail ?? "{}");
        return detail.RootElement.TryGetProperty("stack", out var stack) ? stack.GetString() ?? "" : "";
    }

    private static double Jitter() => Random.Shared.NextDouble();
}
