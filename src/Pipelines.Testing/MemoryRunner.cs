using System.Diagnostics;
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

    /// <summary>What started the run.</summary>
    public IReadOnlyList<AssetUpdate> Updates { get; init; } = [];

    /// <summary>Null: real time, in which retries are waited for.</summary>
    public TestClock? Clock { get; init; }

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What runs of other DAGs come to: s, f, or null for never; succeeded where nothing is said.</summary>
    public Func<string, char?> Elsewhere { get; init; } = _ => 's';

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
    private readonly long _began = Stopwatch.GetTimestamp();

    public MemoryRunner(DagSpec spec, Func<Dag> make, MemorySettings settings)
    {
        (_spec, _settings) = (spec, settings);
        _world = new ModelWorld { Now = Now, Elsewhere = Elsewhere };
        Run = _world.CreateRun(
            1, new ModelGraph(spec), settings.Updates.Count > 0 ? 'a' : Pipelines.Engine.Scheduling.ScheduleOf.Named(spec) is null ? 'm' : 's', settings.ScheduledFor, interval: settings.Interval);
        _attempts = new MemoryAttempts(spec, make, settings, Run, () => Now);
    }

    public ModelRun Run { get; }

    /// <summary>The runs that it has started, with their arguments.</summary>
    public List<(string TaskId, string DagId, long RunId, byte[]? Arguments)> Started { get; } = [];

    public IReadOnlyDictionary<InstanceKey, byte[]?> Outputs => _attempts.Outputs;

    public IReadOnlyDictionary<InstanceKey, List<string>> Logs => _attempts.Logs;

    private DateTimeOffset Now => _settings.Clock?.Now ?? _settings.ScheduledFor + Stopwatch.GetElapsedTime(_began);

    public async Task RunAsync(CancellationToken cancellation)
    {
        string[] queues = [.. _spec.Tasks.Where(task => task.Wait is null).Select(task => task.Queue).Distinct()];
        var deadline = Now + _spec.RunTimeout;
        _world.Start(Run);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            _world.Now = Now;
            if (Now >= deadline)
                _world.Stop(Run, 'f');
            _world.OpenGates();
            _world.FireTimers();
            if (_world.BeginWaits(StartOther) + _world.OpenWaits() > 0)
                continue;
            if (RunState.Ended(Run.State))
                return;
            if (_world.Claim(Worker, queues, 1) is [var instance])
            {
                var report = await _attempts.RunAsync(instance, Left(deadline), cancellation).ConfigureAwait(false);
                _world.Now = Now;
                if (Now >= deadline)
                    _world.Stop(Run, 'f');
                _world.Report(Worker, [report]);
            }
            else if (_world.Timers.Count > 0)
            {
                await WaitAsync(_world.Timers.Values.Min() is var due && deadline < due ? deadline.Value : due, cancellation).ConfigureAwait(false);
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
        var dag = instance.Task.Spec.Wait!.Dag!;
        var id = Run.Id + Started.Count + 1;
        Started.Add((instance.Task.Spec.Id, dag, id, _attempts.ArgumentsOf(instance)));
        return new ModelRun(id, new ModelGraph(new DagSpec { Id = dag, Type = "", Tasks = [] }), 'm', _settings.ScheduledFor, 0);
    }

    private char? Elsewhere(ModelWait wait) => _settings.Elsewhere(wait.Begun.Dag!) switch
    {
        'f' when wait.Child is null && !wait.Begun.FailIfFailed => null,
        var state => state,
    };

    private TimeSpan? Left(DateTimeOffset? deadline) => deadline is { } end && !Run.Stopping ? end - Now : null;

    private async Task WaitAsync(DateTimeOffset until, CancellationToken cancellation)
    {
        if (_settings.Clock is { } clock)
            clock.MoveTo(until);
        else if (until > Now)
            await Task.Delay(until - Now, cancellation).ConfigureAwait(false);
    }
}
