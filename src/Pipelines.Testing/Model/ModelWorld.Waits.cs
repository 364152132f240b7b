using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Testing.Model;

/// <summary>What an instance waits for in other DAGs: the runs of a tick or an interval, or the run that it has started.</summary>
internal sealed record ModelWait(BegunWait Begun, ModelRun? Child, DateTimeOffset? GivesUpAt);

/// <content>Tasks without a body, and what timers do.</content>
internal sealed partial class ModelWorld
{
    /// <summary>What runs of other DAGs have come to, where they are not in this world: s, f, or null for nothing yet.</summary>
    public Func<ModelWait, char?>? Elsewhere { get; init; }

    /// <summary>Takes tasks without a body from the queue and lets them wait.</summary>
    /// <param name="start">Makes the run that an instance starts; null: none can be made, and it fails.</param>
    /// <returns>How many.</returns>
    public int BeginWaits(Func<ModelInstance, ModelRun?> start)
    {
        var ready = _queue.Where(instance => instance.Lane.Queue == WaitSpec.Queue).ToList();
        var ended = new List<ModelInstance>();
        foreach (var instance in ready)
        {
            _queue.Remove(instance);
            instance.FirstStartedAt = Now;
            var begun = WaitPlan.Of(new ReadyWait(instance.Key, instance.Task.Spec.Wait!, Now, instance.Run.ScheduledFor, instance.Run.Interval));
            var child = begun is { Starts: true, Error: null } ? start(instance) : null;
            if (begun.Error is not null || begun.Starts && child is null)
                Move(instance, 'f', Cause.WaitBegun, begun.Error ?? $"there is no DAG '{begun.Dag}'");
            else if (begun.Detached)
                MoveWithOutput(instance, Cause.WaitBegun, child);
            else
                Park(instance, begun, child);
            if (instance.Ended)
                ended.Add(instance);
        }

        Settle(ended, null, null);
        foreach (var run in ready.Select(instance => instance.Run).Distinct())
            Deliver(run);
        return ready.Count;
    }

    /// <summary>Ends waits for runs that have come to what is waited for.</summary>
    /// <returns>How many.</returns>
    public int OpenWaits()
    {
        var over = Waits.Select(wait => (Instance: wait.Key, wait.Value.Child, Verdict: VerdictOn(wait.Value))).Where(wait => wait.Verdict is not null).ToList();
        foreach (var (instance, child, verdict) in over)
        {
            Forget(instance);
            if (verdict == 's' && instance.Task.Spec.Wait!.Result is not null && child!.Result is null)
                Move(instance, 'f', Cause.WaitOver, child.NoResult);
            else if (verdict == 's')
                MoveWithOutput(instance, Cause.WaitOver, child);
            else
                Move(instance, 'f', Cause.WaitOver, "what it waited for has failed");
        }

        Settle([.. over.Select(wait => wait.Instance)], null, null);
        return over.Count;
    }

    /// <summary>Puts retries and polls into the queue whose time has come, and ends waits that are over.</summary>
    public void FireTimers()
    {
        var ended = new List<ModelInstance>();
        foreach (var instance in Timers.Where(timer => timer.Value <= Now).Select(timer => timer.Key).ToList())
        {
            if (Questions.TryGetValue(instance, out var asked))
            {
                Expire(instance, asked);
                continue;
            }

            Timers.Remove(instance);
            var listened = Listening.Remove(instance);
            if (instance.Task.Spec.Wait is null)
            {
                Enqueue(instance, Cause.TimerDue);
                continue;
            }

            if (Waits.Remove(instance, out var wait))
                Move(instance, wait.Begun.SoftFail ? 'k' : 'f', Cause.TimerDue, $"gave up: {wait.Begun.Dag} has not come to what it waits for in time");
            else if (listened)
                Move(instance, instance.Task.Spec.Wait.SoftFail ? 'k' : 'f', Cause.TimerDue, $"gave up: the signal {instance.Task.Spec.Wait.Signal} has not come in time");
            else
                Move(instance, 's', Cause.TimerDue);
            ended.Add(instance);
        }

        Settle(ended, null, null);
    }

    private void Expire(ModelInstance instance, ApprovalSpec asked)
    {
        var approved = asked.OnExpiry == OnExpiry.Approve;
        Decide(instance, approved, Outcome(approved, null, []), "nobody decided in time: " + (approved ? "approved" : "rejected"));
    }

    /// <summary>The output of an approval.</summary>
    internal static JsonObject Outcome(bool approved, JsonNode? form, JsonArray decisions) => new() { ["approved"] = approved, ["form"] = form, ["decisions"] = decisions };

    private void Park(ModelInstance instance, BegunWait begun, ModelRun? child)
    {
        Move(instance, begun.Approval is null ? 'w' : 'a', Cause.WaitBegun);
        if (begun.Approval is { } asked)
            Questions[instance] = asked;
        if (begun.Signal is { } signal)
            Listening[instance] = signal;
        if (begun.Dag is not null)
            Waits[instance] = new ModelWait(begun, child, Now + begun.Timeout);
        if ((begun.Due ?? Now + begun.Timeout) is { } due)
            Timers[instance] = due;
    }

    private void MoveWithOutput(ModelInstance instance, Cause by, ModelRun? child)
    {
        Move(instance, 's', by);
        instance.Output = child is null ? null : instance.Task.Spec.Wait!.Result is null ? JsonValue.Create(child.Id) : child.Result!.DeepClone();
    }

    private char? VerdictOn(ModelWait wait)
    {
        if (Elsewhere is not null)
            return Elsewhere(wait);
        if (wait.Child is { } child)
            return child.State switch { 's' => 's', 'f' or 'c' => 'f', _ => null };
        var came = Runs.Values.Where(run => run.Graph.Spec.Id == wait.Begun.Dag && run.Kind is 's' or 'b' && Concerns(wait.Begun, run))
            .Select(run => (run.Interval, State: CameTo(run, wait.Begun.Task))).ToList();
        if (wait.Begun.FailIfFailed && came.Any(one => one.State == 'f'))
            return 'f';
        var done = came.Where(one => one.State == 's');
        return wait.Begun is { From: { } from, To: { } to } ? Covers(done.Select(one => one.Interval!.Value), from, to) ? 's' : null : done.Any() ? 's' : null;
    }

    private static bool Concerns(BegunWait wait, ModelRun run) => wait.To is { } to
        ? run.Interval is { } interval && interval.Start < to && interval.End > wait.From
        : run.ScheduledFor == wait.From;

    private static bool Covers(IEnumerable<Interval> parts, DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var part in parts.OrderBy(part => part.Start))
        {
            if (part.Start > from)
                return false;
            from = part.End > from ? part.End : from;
        }

        return from >= to;
    }

    /// <summary>What a run, or a task of it, has come to: s, f, or null: nothing yet. One that is to be run again has come to nothing.</summary>
    private static char? CameTo(ModelRun run, string? task)
    {
        if (run.State == 'q')
            return null;
        if (task is null)
            return run.State switch { 's' => 's', 'f' or 'c' => 'f', _ => null };
        return run.Rows.FirstOrDefault(row => row.Task.Spec.Id == task && row.Task.Spec.Role != TaskRole.Removed)?.State switch
        {
            's' or 'k' => 's',
            'f' or 'u' or 'c' => 'f',
            null when RunState.Ended(run.State) => 'f',
            _ => null,
        };
    }
}
