using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Testing.Model;

namespace Pipelines.Testing;

/// <summary>Something that the test says will come from outside.</summary>
/// <param name="After">How long after the run began, the question was asked, or the address was handed out.</param>
internal abstract record Planned(TimeSpan After);

/// <summary>A signal.</summary>
internal sealed record PlannedSignal(string Name, byte[] Json, TimeSpan After) : Planned(After);

/// <summary>The answer to an address: of the round that it is for, from 1.</summary>
internal sealed record PlannedAnswer(string Name, byte[] Json, TimeSpan After, int Round) : Planned(After);

/// <summary>Somebody's decision.</summary>
internal sealed record PlannedDecision(string TaskId, bool Approves, string By, string? Note, byte[]? Form, TimeSpan After) : Planned(After);

/// <summary>Signals of one run in memory: those that the test plans come when the clock has reached them.</summary>
internal sealed class MemorySignals(ModelWorld world, Func<ModelRun> run, IReadOnlyList<Planned> plan, Func<DateTimeOffset> now) : ISignalStore
{
    /// <summary>Nobody is reached there.</summary>
    public static readonly Uri Console = new("https://pipelines.test/");

    private readonly List<(DateTimeOffset At, ModelSignal Signal)> _coming = [];
    private readonly Dictionary<ModelInstance, DateTimeOffset> _asked = [];
    private readonly Dictionary<string, int> _rounds = [];
    private readonly HashSet<string> _sent = [];
    private readonly Lock _gate = new();

    public void Begin()
    {
        foreach (var signal in plan.OfType<PlannedSignal>())
            Come(now() + signal.After, signal.Name, signal.Json, "test");
    }

    /// <summary>When the next one comes; null: nothing is planned any more.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
                return _coming.Select(coming => (DateTimeOffset?)coming.At).Concat(Due().Select(due => (DateTimeOffset?)due.At)).Min();
        }
    }

    /// <summary>Lets come what is due by now.</summary>
    /// <returns>How much that was.</returns>
    public int Deliver()
    {
        var count = 0;
        lock (_gate)
        {
            foreach (var question in world.Questions.Keys)
                _asked.TryAdd(question, now());
            foreach (var coming in _coming.Where(coming => coming.At <= now()).OrderBy(coming => coming.At).ToList())
            {
                _coming.Remove(coming);
                world.Send(run(), coming.Signal);
                count++;
            }

            foreach (var (instance, decided, _) in Due().Where(due => due.At <= now()).ToList())
            {
                Decide(instance, decided);
                count++;
            }
        }

        return count;
    }

    public Task<StoredSignal?> TakeSignalAsync(int workerId, InstanceKey key, short attempt, string name, int nth, CancellationToken cancellation)
    {
        lock (_gate)
            return Task.FromResult(ModelWorld.Take(world.Instance(key), name, nth) is { } taken ? new StoredSignal(Bytes(taken.Payload), taken.By, taken.At) : null);
    }

    /// <summary>Of other runs there is none here that would take it.</summary>
    public Task SendSignalAsync(long runId, string name, byte[] json, string once, string by, string? traceParent, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (runId == run().Id && _sent.Add(once))
                Come(now(), name, Checked(run().Version, name, json), by);
        }

        return Task.CompletedTask;
    }

    /// <summary>What is kept of a signal.</summary>
    /// <exception cref="RefusedException">It is not what a task of the DAG waits for under this name.</exception>
    public static byte[] Checked(DagSpec spec, string name, byte[] json) =>
        GivenValue.Check($"the signal '{name}'", spec.Tasks.FirstOrDefault(task => task.Wait?.Signal == name)?.Wait?.Schema, Encoding.UTF8.GetString(json)) is { } kept ? Encoding.UTF8.GetBytes(kept) : json;

    public Task<long?> OpenCallbackAsync(int workerId, InstanceKey key, short attempt, string signal, byte[] hash, TimeSpan lifetime, string? traceParent, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var round = _rounds[signal] = _rounds.GetValueOrDefault(signal) + 1;
            var name = NameOf(signal);
            foreach (var answer in plan.OfType<PlannedAnswer>().Where(answer => answer.Name == name && answer.Round == round && answer.After <= lifetime))
                Come(now() + answer.After, signal, answer.Json, "test");
            return Task.FromResult<long?>(round);
        }
    }

    /// <summary>Of an answer, without the instance that asks for it.</summary>
    public static string NameOf(string signal) => signal[(signal.LastIndexOf(':') + 1)..];

    /// <summary>The decision that comes next on each open question: as many as it takes, each by somebody else.</summary>
    private IEnumerable<(ModelInstance Instance, List<PlannedDecision> Decided, DateTimeOffset At)> Due()
    {
        foreach (var (instance, asked) in world.Questions)
        {
            var planned = plan.OfType<PlannedDecision>().Where(decision => decision.TaskId == instance.Task.Spec.Id).OrderBy(decision => decision.After).ToList();
            var until = planned.FindIndex(decision => !decision.Approves);
            var enough = until >= 0 && until < asked.Needed ? until + 1 : asked.Needed;
            if (planned.Select(decision => decision.By).Distinct(StringComparer.OrdinalIgnoreCase).Count() < planned.Count)
                throw new PipelinesException($"The test lets one person decide '{instance.Task.Spec.Id}' twice. Name others: .Approve(\"{instance.Task.Spec.Id}\", by: \"bob\").");
            if (planned.Count >= enough && _asked.TryGetValue(instance, out var since))
                yield return (instance, planned[..enough], since + planned[enough - 1].After);
        }
    }

    private void Decide(ModelInstance instance, List<PlannedDecision> decided)
    {
        _asked.Remove(instance);
        var last = decided[^1];
        var list = new JsonArray([.. decided.Select(decision => new JsonObject { ["by"] = decision.By, ["approves"] = decision.Approves, ["note"] = decision.Note, ["at"] = JsonValue.Create(now()) })]);
        world.Decide(
            instance, last.Approves, ModelWorld.Outcome(last.Approves, decided.LastOrDefault(one => one is { Approves: true, Form: not null })?.Form is { } form ? JsonNode.Parse(form) : null, list),
            (last.Approves ? "approved" : $"rejected by {last.By}") + (last.Note is null ? "" : $": {last.Note}"));
    }

    private void Come(DateTimeOffset at, string name, byte[] json, string by) => _coming.Add((at, new ModelSignal(name, JsonNode.Parse(json), by, at)));

    private static byte[]? Bytes(JsonNode? payload) => payload is null ? null : Encoding.UTF8.GetBytes(payload.ToJsonString());
}
