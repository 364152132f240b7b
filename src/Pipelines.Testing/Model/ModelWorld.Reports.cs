using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <summary>How an attempt ended: s f k c, y again after <paramref name="Delay"/>, p the same without spending a try, w a sensor's "not yet", q given back, z its body waits: for the time, or for the signal.</summary>
internal sealed record ModelReport(InstanceKey Key, int Attempt, char Outcome, JsonNode? Output = null, TimeSpan Delay = default, string? Why = null, string? Signal = null);

/// <content>How attempts end.</content>
internal sealed partial class ModelWorld
{
    private const int LostAtMost = 5;

    /// <summary>Takes the reports of a worker and moves their runs forward.</summary>
    /// <param name="worker">Who reports.</param>
    /// <param name="reports">How its attempts ended.</param>
    /// <param name="handed">Which of the successors go to the worker at once, without the queue.</param>
    /// <returns>Reports of attempts that are no longer this worker's; they change nothing.</returns>
    public IReadOnlyList<InstanceKey> Report(int worker, IReadOnlyList<ModelReport> reports, Func<ModelInstance, bool>? handed = null)
    {
        var fenced = new List<InstanceKey>();
        var ended = new List<ModelInstance>();
        foreach (var report in reports)
        {
            if (Instance(report.Key) is { State: 'r' } instance && instance.Attempt == report.Attempt && instance.Worker == worker)
                Accept(instance, report, ended);
            else
                fenced.Add(report.Key);
        }

        foreach (var run in reports.Where(report => report.Signal is not null).Select(report => Runs[report.Key.RunId]).Distinct())
            Deliver(run);
        Settle(ended, worker, handed);
        return fenced;
    }

    /// <summary>Takes back what a lost worker ran.</summary>
    public int Reclaim(int worker)
    {
        var lost = Runs.Values.Where(run => run.State == 'r').SelectMany(run => run.Instances).Where(i => i.State == 'r' && i.Worker == worker).ToList();
        var ended = new List<ModelInstance>();
        foreach (var instance in lost)
        {
            Release(instance);
            instance.Tries--;
            instance.Lost++;
            if (EndsByStop(instance))
                Move(instance, 'c', Cause.Reclaimed, "lost with its worker");
            else if (instance.Lost >= LostAtMost)
                Move(instance, 'f', Cause.Reclaimed, "lost with its worker");
            else
                Enqueue(instance, Cause.Reclaimed, "lost with its worker");
            if (instance.Ended)
                ended.Add(instance);
        }

        Settle(ended, null, null);
        return lost.Count;
    }

    private void Accept(ModelInstance instance, ModelReport report, List<ModelInstance> ended)
    {
        Release(instance);
        instance.Output = report.Outcome == 's' ? report.Output : null;
        if (report.Outcome is 'q' or 'p' or 'w' or 'z')
            instance.Tries--;
        if (report.Outcome == 'w')
            instance.Polls++;
        switch (report.Outcome)
        {
            case 'y' or 'q' or 'p' or 'w' or 'z' when EndsByStop(instance):
                Move(instance, 'c', Cause.Reported, report.Why);
                break;
            case 'y' or 'p':
                Move(instance, 'y', Cause.Reported, report.Why);
                Timers[instance] = Now + report.Delay;
                break;
            case 'w':
                Move(instance, 'w', Cause.Reported, report.Why);
                Timers[instance] = Now + report.Delay;
                break;
            case 'z':
                Move(instance, 'w', Cause.Reported, report.Why);
                if (report.Delay >= TimeSpan.Zero)
                    Timers[instance] = Now + report.Delay;
                if (report.Signal is { } signal)
                    Listening[instance] = signal;
                break;
            case 'q':
                Enqueue(instance, Cause.Reported, report.Why);
                break;
            default:
                Move(instance, report.Outcome, Cause.Reported, report.Why);
                break;
        }

        if (instance.Ended)
            ended.Add(instance);
    }

    private void Settle(List<ModelInstance> ended, int? worker, Func<ModelInstance, bool>? handed)
    {
        var settling = new Settling(this, worker, handed);
        foreach (var instance in ended)
            settling.End(instance);
        settling.Finish([.. ended.Select(instance => instance.Run).Distinct()]);
    }

    /// <summary>In a run that is stopping nothing goes on but teardowns.</summary>
    private static bool EndsByStop(ModelInstance instance) => instance.Run.Stopping && instance.Task.Spec.Role is not (TaskRole.Teardown or TaskRole.Undo);
}
