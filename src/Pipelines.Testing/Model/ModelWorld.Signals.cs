using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <summary>What a run was told from outside; taken once, by one instance.</summary>
internal sealed class ModelSignal(string name, JsonNode? payload, string by, DateTimeOffset at)
{
    public string Name { get; } = name;

    public JsonNode? Payload { get; } = payload;

    public string By { get; } = by;

    public DateTimeOffset At { get; } = at;

    public ModelInstance? TakenBy { get; set; }
}

/// <content>Signals, and what people decide.</content>
internal sealed partial class ModelWorld
{
    /// <summary>Instances that wait for a signal, and its name.</summary>
    public Dictionary<ModelInstance, string> Listening { get; } = [];

    /// <summary>Instances that people are asked about.</summary>
    public Dictionary<ModelInstance, ApprovalSpec> Questions { get; } = [];

    /// <summary>Keeps a signal, and gives it to whoever waits for it.</summary>
    /// <returns>False: the run has ended, or is being stopped and nothing in it would take it.</returns>
    public bool Send(ModelRun run, ModelSignal signal)
    {
        if (RunState.Ended(run.State) || run.Stopping && run.Instances.All(instance => instance.Ended || EndsByStop(instance)))
            return false;
        run.Signals.Add(signal);
        Deliver(run);
        return true;
    }

    /// <summary>The signal that an instance has taken as its nth of a name, or takes now; null: none has come.</summary>
    public static ModelSignal? Take(ModelInstance instance, string name, int nth)
    {
        if (instance.Run.Signals.Where(signal => signal.Name == name && signal.TakenBy == instance).ElementAtOrDefault(nth) is { } taken)
            return taken;
        var next = instance.Run.Signals.Find(signal => signal.Name == name && signal.TakenBy is null);
        next?.TakenBy = instance;
        return next;
    }

    /// <summary>People have decided, or nobody did in time.</summary>
    public void Decide(ModelInstance instance, bool approves, JsonNode? output, string why)
    {
        var asked = Questions[instance];
        Forget(instance);
        var to = approves ? 's' : asked.OnReject switch { OnReject.Fail => 'f', OnReject.Skip => 'k', _ => 's' };
        Move(instance, to, Cause.PeopleDecided, why);
        instance.Output = to == 's' ? output : null;
        Settle([instance], null, null);
    }

    /// <summary>The oldest signal goes to the first that waits, in the order of tasks. A body finds it when it runs again.</summary>
    private void Deliver(ModelRun run)
    {
        var ended = new List<ModelInstance>();
        foreach (var (instance, name) in Listening.Where(wait => wait.Key.Run == run).OrderBy(wait => wait.Key.Key.TaskNo).ThenBy(wait => wait.Key.Key.MapIndex).ToList())
        {
            if (run.Signals.Find(signal => signal.Name == name && signal.TakenBy is null) is not { } signal)
                continue;
            signal.TakenBy = instance;
            Forget(instance);
            if (instance.Task.Spec.Wait is null)
            {
                Enqueue(instance, Cause.Signalled);
                continue;
            }

            Move(instance, 's', Cause.Signalled);
            instance.Output = signal.Payload?.DeepClone();
            ended.Add(instance);
        }

        Settle(ended, null, null);
    }

    private static void GiveBack(ModelInstance instance) => instance.Run.Signals.Where(signal => signal.TakenBy == instance).ToList().ForEach(signal => signal.TakenBy = null);
}
