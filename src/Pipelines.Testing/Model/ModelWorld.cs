using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <summary>
/// The rules of the engine once more, as plain objects: src/Pipelines.Postgres/Sql/Engine/README.md told in C#, written for reading and not for speed.
/// The in-memory runner stands on it, and a test drives it side by side with the SQL and demands equal rows.
/// </summary>
internal sealed partial class ModelWorld
{
    private readonly SortedSet<ModelInstance> _queue = new(Comparer<ModelInstance>.Create(ByClaimOrder));

    /// <summary>The time, which only the owner of this world moves.</summary>
    public DateTimeOffset Now { get; set; }

    public SortedDictionary<long, ModelRun> Runs { get; } = [];

    public Dictionary<string, ModelPool> Pools { get; } = [];

    /// <summary>When an instance that waits for its retry or its next poll goes back to the queue, and when a wait is over.</summary>
    public Dictionary<ModelInstance, DateTimeOffset> Timers { get; } = [];

    /// <summary>Instances that the past keeps from being queued.</summary>
    public HashSet<ModelInstance> Gates { get; } = [];

    /// <summary>Instances that wait for runs of other DAGs.</summary>
    public Dictionary<ModelInstance, ModelWait> Waits { get; } = [];

    /// <summary>What can run now, in the order in which it is claimed.</summary>
    public IReadOnlyCollection<ModelInstance> Queue => _queue;

    /// <summary>Told of every change of an instance's state.</summary>
    public Action<ModelInstance>? Changed { get; init; }

    public ModelInstance Instance(InstanceKey key) => Runs[key.RunId].Find(key) ?? throw new KeyNotFoundException($"The model has no instance {key}.");

    /// <summary>A run that waits for its start.</summary>
    public ModelRun CreateRun(long id, ModelGraph graph, char kind, DateTimeOffset scheduledFor, int priority = 0, Interval? interval = null)
    {
        var run = new ModelRun(id, graph, kind, scheduledFor, priority) { Interval = interval };
        run.Move('q', Cause.Start);
        Runs.Add(id, run);
        return run;
    }

    /// <summary>Makes the instances of a queued run, or all of them anew, and decides each.</summary>
    public void Start(ModelRun run)
    {
        run.Move('r', Cause.Start);
        foreach (var task in run.Graph.Tasks)
        {
            if (run.Rows.Count == task.No)
                run.Rows.Add(new ModelInstance(run, task, -1));
            var row = run.Rows[task.No];
            if (row.State != 'n')
                Move(row, 'n', Cause.Start);
            Renew(row);
            row.Lane = ModelLane.Of(task);
            row.Counters = new Counters(task.Above.Count);
            row.Priority = task.Spec.Priority + run.Priority;
        }

        var kept = run.Presets?.Select(preset => (preset.Task, preset.MapIndex)).ToHashSet() ?? [];
        foreach (var signal in run.Signals.Where(signal => signal.TakenBy is { Key: var by } && !kept.Contains((by.TaskNo, by.MapIndex))))
            signal.TakenBy = null;
        run.Remaining = run.Rows.Count(row => !row.WaitsForVerdict);
        if (run.Presets is not null)
        {
            BeginPreset(run);
            return;
        }

        var settling = new Settling(this);
        foreach (var row in run.Rows)
            settling.Decide(row);
        settling.Finish(run);
    }

    /// <summary>Puts an ended run back into the queue, whole.</summary>
    /// <returns>False: it has not ended.</returns>
    public bool RunAgain(ModelRun run, int priority)
    {
        if (!RunState.Ended(run.State))
            return false;
        MoveBack(run);
        foreach (var element in run.Rows.SelectMany(row => row.Elements).Where(element => element.State != 'x'))
            Move(element, 'x', Cause.RunAgain);
        run.Move('q', Cause.RunAgain);
        run.Epoch++;
        (run.Stopping, run.Verdict, run.Remaining, run.Failures, run.Priority, run.Presets, run.LeftOut) = (false, null, 0, 0, priority, null, null);
        return true;
    }

    /// <summary>Takes work for a worker: the first in the queue that its queues and the pools allow.</summary>
    public IReadOnlyList<ModelInstance> Claim(int worker, IReadOnlyCollection<string> queues, int want)
    {
        var taken = new List<ModelInstance>();
        foreach (var instance in _queue.Where(i => queues.Contains(i.Lane.Queue)).ToList())
        {
            if (taken.Count >= want)
                break;
            if (PoolOf(instance) is { } pool && pool.Used >= pool.Slots)
                continue;
            Take(instance, worker);
            taken.Add(instance);
        }

        return taken;
    }

    /// <summary>Takes this one for a worker, whatever is before it.</summary>
    public void Claim(int worker, ModelInstance instance) => Take(instance, worker);

    /// <summary>Opens the gates that the past allows to be opened.</summary>
    /// <returns>How many.</returns>
    public int OpenGates()
    {
        var open = Gates.Select(gate => (Instance: gate, Skip: !IsLatest(gate))).Where(gate => gate.Skip || PastIsDone(gate.Instance)).ToList();
        var settling = new Settling(this);
        foreach (var (instance, skip) in open)
        {
            Gates.Remove(instance);
            if (!skip)
            {
                settling.LetGo(instance, Cause.GateOpened);
                continue;
            }

            Move(instance, 'k', Cause.GateOpened, "not the latest run");
            settling.End(instance);
        }

        // What the skipped ones bring about comes after all gates are open: it may stop a run in which another one was.
        settling.Finish([.. open.Select(gate => gate.Instance.Run).Distinct()]);
        return open.Count;
    }

    private bool IsLatest(ModelInstance instance) => instance.Run is var run && (!instance.Task.Spec.LatestOnly || run.Kind == 'm'
        || (run.Kind != 'b' && !Runs.Values.Any(other => other.Graph.Spec.Id == run.Graph.Spec.Id && other.Kind == run.Kind && other.ScheduledFor > run.ScheduledFor)));

    private bool PastIsDone(ModelInstance instance)
    {
        var run = instance.Run;
        if (!instance.Task.Spec.DependsOnPast)
            return true;
        var previous = Runs.Values.Where(other => other.Graph.Spec.Id == run.Graph.Spec.Id && (run.Kind == 'a' ? other.Kind == 'a' : other.Kind is 's' or 'b') && other.ScheduledFor < run.ScheduledFor)
            .MaxBy(other => other.ScheduledFor);
        if (previous is null || run.Kind == 'm')
            return true;
        if (previous.State == 'q')
            return false;
        var same = previous.Graph.Tasks.FirstOrDefault(task => task.Spec.Id == instance.Task.Spec.Id && task.Spec.Role != TaskRole.Removed);
        return same is null || IsDone(previous.Find(new(previous.Id, same.No, -1)))
            && (!instance.Task.Spec.WaitForDownstream || previous.Graph.Tasks.Where(task => task.Spec.Role is TaskRole.Task or TaskRole.Teardown && task.Spec.Upstreams.Any(edge => edge.Task == same.Spec.Id))
                .All(task => IsDone(previous.Find(new(previous.Id, task.No, -1)))));

        static bool IsDone(ModelInstance? there) => there is { State: 's' or 'k' };
    }

    private void Take(ModelInstance instance, int worker)
    {
        _queue.Remove(instance);
        Move(instance, 'r', Cause.Claimed);
        instance.Attempt++;
        instance.Tries++;
        instance.Worker = worker;
        instance.FirstStartedAt ??= Now;
        if (PoolOf(instance) is { } pool)
            pool.Used++;
    }

    private void Enqueue(ModelInstance instance, Cause by, string? why = null)
    {
        Move(instance, 'q', by, why);
        _queue.Add(instance);
    }

    /// <summary>It runs no longer: nobody's, and its pool has a slot more.</summary>
    private void Release(ModelInstance instance)
    {
        if (PoolOf(instance) is { } pool)
            pool.Used--;
    }

    /// <summary>As if it had never run, but for its number of attempts: logs of earlier ones stay apart.</summary>
    private static void Renew(ModelInstance instance)
    {
        (instance.Tries, instance.Lost, instance.Polls, instance.Output, instance.Worker, instance.FirstStartedAt) = (0, 0, 0, null, null, null);
    }

    private void Move(ModelInstance instance, char to, Cause by, string? why = null)
    {
        instance.Move(to, by, why);
        instance.EndedAt = Now;
        Changed?.Invoke(instance);
    }

    private ModelPool? PoolOf(ModelInstance instance) =>
        instance.Lane.Pool is { } name ? Pools.TryGetValue(name, out var pool) ? pool : Pools[name] = new ModelPool() : null;

    private static int ByClaimOrder(ModelInstance a, ModelInstance b) =>
        (-a.Priority, a.Key.RunId, a.Key.TaskNo, a.Key.MapIndex).CompareTo((-b.Priority, b.Key.RunId, b.Key.TaskNo, b.Key.MapIndex));
}

/// <summary>Slots that tasks of all DAGs share.</summary>
internal sealed class ModelPool
{
    public int Slots { get; set; } = 16;

    public int Used { get; set; }
}
