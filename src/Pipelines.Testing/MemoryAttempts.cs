using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Testing.Model;

namespace Pipelines.Testing;

/// <summary>Runs the bodies of one run in memory, keeps what they return and write, and says how each attempt ended.</summary>
internal sealed class MemoryAttempts(DagSpec spec, Func<Dag> make, MemorySettings settings, ModelRun run, ISignalStore signals, MemoryChildren children, Func<DateTimeOffset> now)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, int> _number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);
    private readonly Dictionary<InstanceKey, byte[]?> _outputs = [];
    private readonly Dictionary<InstanceKey, List<string>> _logs = [];
    private readonly MemorySteps _steps = new();
    private readonly Dictionary<InstanceKey, MemoryValues> _values = [];
    private AttemptWaits? _waits;
    private MemoryHost? _host;

    public IReadOnlyDictionary<InstanceKey, byte[]?> Outputs => _outputs;

    public IReadOnlyDictionary<InstanceKey, List<string>> Logs => _logs;

    /// <summary>The arguments of the run that continues this one; null: none does.</summary>
    public byte[]? Continuation => run.State != 's' ? null
        : settings.Payloads.Decode(
            _steps.Continuation((key, attempt) => run.Rows.SelectMany(row => row.Elements.Prepend(row)).Any(row => row.Key == key && row.State == 's' && row.Attempt == attempt)), "The continuation");

    public IReadOnlyDictionary<InstanceKey, MemoryValues> Values => _values;

    /// <param name="instance">Running, by the model.</param>
    /// <param name="runLeft">What is left of the run's timeout.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<ModelReport> RunAsync(ModelInstance instance, TimeSpan? runLeft, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        settings.Locks.Clear();
        (_waits, _host) = (null, null);
        Tell(instance, null, null, TimeSpan.Zero);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        byte[]? output = null;
        Exception? error = null;
        var own = AttemptLimit.Of(instance.Task.Spec, SinceFirst(instance));
        var overRun = runLeft is not null && !(own.Left < runLeft);
        var (limit, timedOut) = (overRun ? runLeft : own.Left, false);
        if (!_values.TryGetValue(instance.Key, out var values))
            _values[instance.Key] = values = new MemoryValues(now);
        values.Beat(null);
        var silence = instance.Task.Spec.HeartbeatTimeout;
        try
        {
            timedOut = own.Left <= TimeSpan.Zero;
            if (timedOut)
                throw new TimeoutException($"{own.Why}.");
            var body = Task.Run(() => BodyAsync(instance, stop.Token), CancellationToken.None);
            timedOut = true;
            if (!await EndsAsync(body, limit, values, silence).ConfigureAwait(false))
            {
                var silent = values.LastBeat + silence <= now();
                overRun &= !silent;
                await stop.CancelAsync().ConfigureAwait(false);
                await Task.WhenAny(body, Task.Delay(CancelGrace, CancellationToken.None)).ConfigureAwait(false);
                throw new TimeoutException((silent ? $"The attempt called no context.Heartbeat for longer than its heartbeat timeout of {silence}" : overRun ? $"The run took longer than its timeout, of which {limit} was left" : own.Why)
                    + (body.IsCompleted ? "" : " and ignored its cancellation: pass context.Cancellation on to whatever it waits for") + ".");
            }

            timedOut = false;
            output = await body.ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            error = e;
        }

        if (_host?.Completed is { } completed)
            (output, error) = (completed, null);
        var report = !timedOut && _host?.Completed is null && _waits?.Pending is { } wait ? Waits(instance, AttemptLimit.Cut(wait, instance.Task.Spec, instance.FirstStartedAt ?? now()))
            : error is null && ReferenceEquals(output, DagBuilder.NotYet) ? NotYet(instance)
            : timedOut && overRun ? new ModelReport(instance.Key, instance.Attempt, 'c', Why: "the run took longer than its timeout")
            : Decide(instance, output, error);
        if (report.Outcome == 's')
            _outputs[instance.Key] = settings.Payloads.Decode(Stored(instance, output), "An output");
        Tell(instance, report.Outcome, report.Why, Stopwatch.GetElapsedTime(began));
        return report;
    }

    private ModelReport Decide(ModelInstance instance, byte[]? output, Exception? error)
    {
        ModelReport Ended(char outcome, JsonNode? value = null, TimeSpan delay = default) =>
            new(instance.Key, instance.Attempt, outcome, value, delay, error is null ? null : error is PipelinesException or TimeoutException ? error.Message : $"{error.GetType().Name}: {error.Message}");
        error = error is null ? null : Outcome.Cause(error);
        return error switch
        {
            null => Ended('s', Stored(instance, output) is { } stored ? JsonNode.Parse(stored) : null),
            SkipTaskException => Ended('k'),
            FailTaskException => Ended('f'),
            _ => RetryDecision.Next(instance.Task.Spec, instance.Tries, SinceFirst(instance), error, random: 0.5) is { } delay ? Ended('y', delay: delay) : Ended('f'),
        };
    }

    /// <summary>What the engine gets to see of an output.</summary>
    private byte[]? Stored(ModelInstance instance, byte[]? output) => settings.Payloads.Encode(output, PayloadShape.OfOutput(spec, instance.Task.Spec.Id));

    private ModelReport Waits(ModelInstance instance, WaitTaskException wait)
    {
        var over = wait.Child is { } child && children.End(child.RunId);
        if (wait is { Child: { } never, Due: null } && !over)
            throw new PipelinesException(
                $"Task '{instance.Task.Spec.Id}' waits without a timeout for a run of '{never.Dag}', which this test says never ends. Give RunAsync a timeout, or say otherwise with WithRunsOf.");
        var delay = over ? TimeSpan.Zero : wait.Due is { } due ? due - now() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero : TimeSpan.FromSeconds(Report.NoDelay);
        return new(instance.Key, instance.Attempt, 'z', Delay: delay, Why: wait.Message, Signal: wait.Signal);
    }

    private ModelReport NotYet(ModelInstance instance)
    {
        var poll = instance.Task.Spec.Poll ?? new PollPolicy();
        return PollDecision.Next(poll, SinceFirst(instance), random: 0.5) is { } wait
            ? new(instance.Key, instance.Attempt, 'w', Delay: wait, Why: PollDecision.Why(poll))
            : new(instance.Key, instance.Attempt, poll.SoftFail ? 'k' : 'f', Why: PollDecision.GaveUp(poll));
    }

    /// <summary>What the task gives the run that it starts.</summary>
    public byte[]? ArgumentsOf(ModelInstance instance)
    {
        if (instance.Task.Spec.Wait?.Arguments is not { } from)
            return null;
        var input = TaskInput.Of(instance.Task.Spec, from, _number);
        var stored = OutputOf(input.KeyFor(instance.Key));
        var output = stored.IsNothing ? null : stored.Json.ToArray();
        return input.Kind == InputKind.Element && output is not null ? JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(output)![instance.Key.MapIndex]) : output;
    }

    /// <summary>Waits for the body; with the clock of a test, over whatever it waits for by that clock.</summary>
    /// <returns>False: its time is over.</returns>
    private async Task<bool> EndsAsync(Task body, TimeSpan? limit, MemoryValues values, TimeSpan? silence)
    {
        var end = now() + limit;
        if (settings.Clock is not { } clock)
        {
            while (!body.IsCompleted)
            {
                var left = Until() - now();
                if (left <= TimeSpan.Zero)
                    return false;
                await Task.WhenAny(body, Task.Delay(left ?? Timeout.InfiniteTimeSpan)).ConfigureAwait(false);
            }

            return true;
        }

        for (var idle = Stopwatch.GetTimestamp(); ;)
        {
            if (await Task.WhenAny(body, Task.Delay(Look)).ConfigureAwait(false) == body)
                return true;
            var until = Until();
            if (clock.NextDue is { } due && !(due > until))
            {
                clock.MoveTo(due);
                idle = Stopwatch.GetTimestamp();
            }
            else if (until is { } over && (clock.NextDue is not null || Stopwatch.GetElapsedTime(idle) >= settings.Patience))
            {
                clock.MoveTo(over);
                return false;
            }
        }

        DateTimeOffset? Until()
        {
            DateTimeOffset?[] ends = [end, values.LastBeat + silence];
            return ends.Min();
        }
    }

    private TimeSpan SinceFirst(ModelInstance instance) => instance.FirstStartedAt is { } first ? now() - first : TimeSpan.Zero;

    private async Task<byte[]?> BodyAsync(ModelInstance instance, CancellationToken stop)
    {
        var task = instance.Task.Spec;
        var dag = make();
        dag.Bind(settings.Arguments);
        var body = DagBuilder.BodyOf(dag, task.Id)
            ?? throw new FailTaskException($"Define did not define task '{task.Id}' this time. It must give the same graph whenever it runs.");
        var inputs = task.Inputs.Select(input => TaskInput.Of(task, input, _number)).ToArray();
        var logger = new MemoryLogger(line => Write(instance, line));
        var assignment = new Assignment(instance.Key, (short)instance.Attempt, (short)instance.Tries, instance.FirstStartedAt ?? now(), now(), 0, 0, settings.ScheduledFor, settings.Interval, null);
        var context = new TaskContext
        {
            RunId = instance.Key.RunId,
            DagId = spec.Id,
            TaskId = task.Id,
            MapIndex = instance.IsElement ? instance.Key.MapIndex : null,
            Attempt = instance.Attempt,
            ScheduledFor = settings.ScheduledFor,
            KnownInterval = settings.Interval,
            Logger = logger,
            Cancellation = stop,
            Failures = FailuresFor(task),
            Updates = settings.Updates,
        };
        var time = (TimeProvider?)settings.Clock ?? TimeProvider.System;
        var steps = new AttemptSteps(assignment, 0, _steps, logger, now, time, settings.Payloads);
        _waits = new AttemptWaits(assignment, 0, signals, children, steps, context.IdempotencyKey, MemorySignals.Console, logger, now, time, settings.Payloads);
        context.Host = _host = new MemoryHost(spec, settings, steps, _waits, _values[instance.Key]);
        return await body(new TaskInputs(inputs, [.. inputs.Select(input => OutputOf(input.KeyFor(instance.Key)))], instance.Key.MapIndex), context).ConfigureAwait(false);
    }

    /// <summary>Of a mapped task as a whole, however it ended, the list of what its elements returned that succeeded; one that had no elements has none.</summary>
    private CachedOutput OutputOf(InstanceKey key)
    {
        if (run.Find(key) is not { } up)
            return CachedOutput.Nothing;
        if (up is { Elements.Count: > 0, State: 's' or 'f' or 'c' })
            return new CachedOutput(JsonSerializer.SerializeToUtf8Bytes(new JsonArray(
                [.. up.Elements.Where(element => element.State == 's').Select(element => _outputs.GetValueOrDefault(element.Key) is { } json ? JsonNode.Parse(json) : null)])));
        return up.State == 's' && (_outputs.GetValueOrDefault(key) ?? OfWait(up)) is { } output ? new CachedOutput(output) : CachedOutput.Nothing;
    }

    /// <summary>What a task without a body has for an output.</summary>
    internal byte[]? OfWait(ModelInstance instance) =>
        instance is { Task.Spec.Wait: not null, Output: { } output } ? settings.Payloads.Decode(JsonSerializer.SerializeToUtf8Bytes(output), $"The output of '{instance.Task.Spec.Id}'") : null;

    /// <summary>A mapped task tells nothing that its failed elements don't.</summary>
    private List<TaskFailure> FailuresFor(TaskSpec task) => task.Role is not (TaskRole.OnFailure or TaskRole.OnSuccess) ? [] :
    [
        .. run.Instances
            .Where(one => one.State == 'f' && one.Task.Spec.Role is TaskRole.Task or TaskRole.Teardown
                && (task.Upstreams.Count == 0 || task.Upstreams[0].Task == one.Task.Spec.Id) && one.Elements.All(element => element.State != 'f'))
            .Select(one => new TaskFailure(one.Task.Spec.Id, one.IsElement ? one.Key.MapIndex : null, one.Attempt, one.Why ?? "failed")),
    ];

    private void Write(ModelInstance instance, string line)
    {
        lock (_logs)
        {
            if (!_logs.TryGetValue(instance.Key, out var lines))
                _logs[instance.Key] = lines = [];
            lines.Add(line);
        }

        Tell(instance, null, line, TimeSpan.Zero);
    }

    private void Tell(ModelInstance instance, char? state, string? text, TimeSpan took) =>
        settings.Watch?.Invoke(new MemoryEvent(instance.Task.Spec.Id, instance.IsElement ? instance.Key.MapIndex : null, instance.Attempt, state, text, took));

    private sealed class MemoryLogger(Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            write(string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)}") + (exception is null ? "" : $"\n{exception}"));
    }
}
