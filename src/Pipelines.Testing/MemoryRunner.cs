using System.Diagnostics;
using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Testing.Model;

namespace Pipelines.Testing;

/// <summary>What a run in memory is given.</summary>
internal sealed record MemorySettings
{
    public required DateTimeOffset ScheduledFor { get; init; }

    public Interval? Interval { get; init; }

    public byte[]? Arguments { get; init; }

    public required Func<string, string> Connection { get; init; }

    public required Func<string, string> Variable { get; init; }

    public MemoryLocks Locks { get; } = new();

    /// <summary>A connection for a transaction, by the name of its connection.</summary>
    public Func<string?, System.Data.Common.DbConnection>? Database { get; init; }

    /// <summary>What started the run.</summary>
    public IReadOnlyList<AssetUpdate> Updates { get; init; } = [];

    /// <summary>What bodies hand over goes through these, as it would in a worker.</summary>
    public Payloads Payloads { get; init; } = Payloads.None;

    /// <summary>Null: real time, in which retries are waited for.</summary>
    public TestClock? Clock { get; init; }

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Queues that no worker serves.</summary>
    public IReadOnlySet<string> Unserved { get; init; } = new HashSet<string>();

    /// <summary>What comes from outside.</summary>
    public IReadOnlyList<Planned> Plan { get; init; } = [];

    /// <summary>What runs of other DAGs come to: s, f, or null for never; succeeded where nothing is said.</summary>
    public Func<string, char?> Elsewhere { get; init; } = _ => 's';

    /// <summary>What they return, by their DAG.</summary>
    public IReadOnlyDictionary<string, byte[]> Results { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Told of each log line, start and end of an attempt.</summary>
    public Action<MemoryEvent>? Watch { get; init; }
}

/// <summary>Something that happened to an attempt: it started (no state), wrote a line (with text), or ended (with its state).</summary>
internal sealed record MemoryEvent(string TaskId, int? MapIndex, int Attempt, char? State, string? Text, TimeSpan Took);

/// <summary>One run of a DAG by the model of the rules, with real bodies: claims, runs and reports one attempt after the other.</summary>
internal sealed class MemoryRunner
{
    private const int Worker = 1;
    private readonly DagSpec _spec;
    private readonly MemorySettings _settings;
    private readonly MemoryAttempts _attempts;
    private readonly ModelWorld _world;
    private readonly MemorySignals _signals;
    private readonly MemoryChildren _children;
    private readonly long _began = Stopwatch.GetTimestamp();
    private DateTimeOffset? _timeout;

    public MemoryRunner(DagSpec spec, Func<Dag> make, MemorySettings settings)
    {
        (_spec, _settings) = (spec, settings);
        _world = new ModelWorld { Now = Now, Elsewhere = Elsewhere };
        Run = _world.CreateRun(
            1, new ModelGraph(spec), settings.Updates.Count > 0 ? 'a' : Pipelines.Engine.Scheduling.ScheduleOf.Named(spec) is null ? 'm' : 's', settings.ScheduledFor, interval: settings.Interval);
        _signals = new MemorySignals(_world, () => Run, settings.Plan, () => Now);
        _children = new MemoryChildren(Run.Id, spec, settings);
        _attempts = new MemoryAttempts(spec, make, settings, Run, _signals, _children, () => Now);
    }

    public ModelRun Run { get; }

    /// <summary>The runs that it has started.</summary>
    public IReadOnlyList<MemoryChild> Started => _children.All;

    public IReadOnlyDictionary<InstanceKey, byte[]?> Outputs => _attempts.Outputs;

    public byte[]? OfWait(ModelInstance instance) => _attempts.OfWait(instance);

    public byte[]? Continuation => _attempts.Continuation;

    public IReadOnlyDictionary<InstanceKey, List<string>> Logs => _attempts.Logs;

    public IReadOnlyDictionary<InstanceKey, MemoryValues> Values => _attempts.Values;

    private IEnumerable<ModelInstance> Untaken => _world.Queue.Where(instance => _settings.Unserved.Contains(instance.Task.Spec.Queue));

    /// <summary>When the run's time is over: that stops it once, and is nothing to what follows its verdict.</summary>
    private DateTimeOffset? Deadline => Run.Verdict is null ? _timeout : null;

    private DateTimeOffset Now => _settings.Clock?.Now ?? _settings.ScheduledFor + Stopwatch.GetElapsedTime(_began);

    public async Task RunAsync(CancellationToken cancellation)
    {
        string[] queues = [.. _spec.Tasks.Where(task => task.Wait is null).Select(task => task.Queue).Distinct().Where(queue => !_settings.Unserved.Contains(queue))];
        _timeout = Now + _spec.RunTimeout;
        _world.Start(Run);
        _signals.Begin();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            _world.Now = Now;
            if (Now >= Deadline)
                _world.Stop(Run, 'f');
            _world.OpenGates();
            _world.FireTimers();
            if (_world.BeginWaits(StartOther) + _world.OpenWaits() + _signals.Deliver() + _world.ExpireQueued(instance => _settings.Unserved.Contains(instance.Task.Spec.Queue)) > 0)
                continue;
            if (RunState.Ended(Run.State))
            {
                _children.Close();
                return;
            }

            if (_world.Claim(Worker, queues, 1) is [var instance])
            {
                var report = await _attempts.RunAsync(instance, Left(instance), cancellation).ConfigureAwait(false);
                _world.Now = Now;
                if (Now >= Deadline)
                    _world.Stop(Run, 'f');
                _world.Report(Worker, [report]);
            }
            else if (_world.Timers.Values.Select(at => (DateTimeOffset?)at).Append(_signals.NextDue).Concat(Untaken.Select(ModelWorld.DueInQueue)).Min() is { } due)
            {
                await WaitAsync(Deadline is { } end && end < due ? end : due, cancellation).ConfigureAwait(false);
            }
            else if (Untaken.FirstOrDefault() is { } untaken)
            {
                throw new PipelinesException(
                    $"Task '{untaken.Task.Spec.Id}' waits without a timeout for a worker of the queue '{untaken.Task.Spec.Queue}', which this test says nobody serves. Give the task a QueueTimeout, or the queue workers.");
            }
            else if (_world.Listening.FirstOrDefault() is { Key: { } listens, Value: { } signal })
            {
                throw new PipelinesException($"Task '{listens.Task.Spec.Id}' waits without a timeout for the signal '{signal}', which this test does not send. "
                    + (signal.StartsWith(AttemptWaits.CallbackPrefix, StringComparison.Ordinal) ? $"Answer: .CalledBack(\"{MemorySignals.NameOf(signal)}\", ...)." : $"Send it: .Signal(\"{signal}\", ...)."));
            }
            else if (_world.Questions.Keys.FirstOrDefault() is { } asks)
            {
                throw new PipelinesException($"Task '{asks.Task.Spec.Id}' asks for an approval without a timeout that this test does not give. Decide it: .Approve(\"{asks.Task.Spec.Id}\") or .Reject(\"{asks.Task.Spec.Id}\", ...).");
            }
            else if (_world.Waits.Keys.FirstOrDefault() is { } waits)
            {
                throw new PipelinesException(
                    $"Task '{waits.Task.Spec.Id}' waits without a timeout for '{waits.Task.Spec.Wait!.Dag}', which this test says never comes to it. Give WaitFor a timeout, or say otherwise with WithRunsOf.");
            }
            else
            {
                throw new UnreachableException($"The run of '{_spec.Id}' neither goes on nor ends.");
            }
        }
    }

    /// <summary>Stands for a run of a DAG that is not here.</summary>
    private ModelRun StartOther(ModelInstance instance)
    {
        var (dag, closes) = (instance.Task.Spec.Wait!.Dag!, instance.Task.Spec.Wait.ParentClose == ParentClosePolicy.Cancel);
        var child = _children.Start(instance.Task.Spec.Id, dag, _attempts.ArgumentsOf(instance), closes);
        return new ModelRun(child.RunId, new ModelGraph(new DagSpec { Id = dag, Type = "", Tasks = [] }), 'm', _settings.ScheduledFor, 0)
        {
            Result = _settings.Results.TryGetValue(dag, out var result) ? JsonNode.Parse(result) : null, NoResult = MemoryChildren.NoResult(dag),
        };
    }

    private char? Elsewhere(ModelWait wait) => _settings.Elsewhere(wait.Begun.Dag!) switch
    {
        'f' when wait.Child is null && !wait.Begun.FailIfFailed => null,
        var state => state,
    };

    /// <summary>A run that is stopped stops no teardown or undo.</summary>
    private TimeSpan? Left(ModelInstance instance) => instance.Task.Spec.Role is TaskRole.Teardown or TaskRole.Undo ? null : Deadline - Now;

    private async Task WaitAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        if (_settings.Clock is { } clock)
            clock.MoveTo(until);
        else if (until > Now)
            await Task.Delay(until - Now, cancellation).ConfigureAwait(false);
    }
}
