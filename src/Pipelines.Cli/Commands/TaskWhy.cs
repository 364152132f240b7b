using System.Text.Json.Nodes;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>Why a task instance is where it is, in sentences: what it waits for, who runs it, or how it ended.</summary>
internal static class TaskWhy
{
    private const int Shown = 8;

    public static IReadOnlyList<string> Explain(WhyFacts facts) => facts switch
    {
        { Run.Run.State: 'q' } => QueuedRun(facts),
        { Instance: null } => [Ended(facts, null, facts.Run.Run.State) ?? $"the run ended as {RunState.Word(facts.Run.Run.State)} before the task could start"],
        { Instance.State: TaskState.Scheduled } => Scheduled(facts, facts.Instance),
        { Instance.State: TaskState.Queued } => Queued(facts, facts.Instance),
        { Instance.State: TaskState.Running } => Running(facts, facts.Instance),
        { Instance.State: TaskState.RetryWait } => RetryWait(facts, facts.Instance),
        { Instance.State: TaskState.Waiting, Task.Wait: { } wait } => WaitWhy.Explain(facts, wait, facts.Instance),
        { Instance: { State: TaskState.Waiting, FirstStartedAt: not null }, Task.Poll: { } poll } => WaitWhy.Explain(facts, poll, facts.Instance),
        { Instance: { State: TaskState.Waiting, FirstStartedAt: not null }, Wait: { } child } => [.. WaitWhy.Child(child)],
        { Instance: { State: TaskState.Waiting, FirstStartedAt: not null } } => [Ended(facts, facts.Instance, TaskState.Waiting) ?? "its body waits, and holds no slot"],
        { Instance.State: TaskState.Waiting } => Waiting(facts),
        { Instance: { State: TaskState.NeedsApproval } asks } => [$"it asks people and holds no slot: pipelines approvals show {asks.Key.RunId} {asks.TaskId}{Arguments.MapText(asks.Key.MapIndex)}"],
        _ => [Ended(facts, facts.Instance, facts.Instance.State) ?? $"it ended {Text.Time(facts.Instance.FinishedAt)}", .. Cause(facts, facts.Instance)],
    };

    private static List<string> QueuedRun(WhyFacts facts)
    {
        var run = facts.Run.Run;
        var why = new List<string> { $"its run has been queued since {Text.Time(run.CreatedAt)} and has not started" };
        if (facts.Paused)
            why.Add($"the DAG is paused: `pipelines dags resume {run.DagId}`");
        if (facts.Backfill is { State: 'p', Id: var id })
            why.Add($"backfill {id} is paused: `pipelines backfill resume {id}`");
        if (facts.Run.Entity is { InLine: true } entity)
            why.Add($"it waits until the open run of the key {entity.Key} has ended");
        if (facts.ActiveRuns.Count >= facts.MaxActiveRuns && facts.MaxActiveRuns > 0)
            why.Add($"{facts.ActiveRuns.Count} of at most {facts.MaxActiveRuns} runs of {(facts.Backfill is { } backfill ? $"backfill {backfill.Id}" : "the DAG")} "
                + $"are active: {Few(facts.ActiveRuns.Select(one => $"{one}"))}");
        if (why.Count == 1)
            why.Add("nothing holds it: the scheduler starts it at its next pass. If it does not, check that a scheduler runs");
        return why;
    }

    private static List<string> Scheduled(WhyFacts facts, InstanceRow instance)
    {
        if (facts.Task is { Role: TaskRole.Undo, Upstreams: [var undone, ..] })
            return [$"it undoes what {undone.Task} has done, when the run has failed or was cancelled"];
        if (facts.Task is { Role: TaskRole.OnFailure or TaskRole.OnSuccess, Upstreams.Count: 0 } callback)
            return [$"it runs when the run has ended its work and {(callback.Role == TaskRole.OnFailure ? "failed" : "succeeded")}"];
        var kind = instance.Key.MapIndex >= 0 ? EdgeKind.Index : EdgeKind.Outcome;
        var upstreams = facts.Task?.Upstreams.Where(edge => (edge.Kind == EdgeKind.Index) == (kind == EdgeKind.Index))
            .Select(edge => edge.Task).ToHashSet(StringComparer.Ordinal) ?? [];
        if (instance.Key.MapIndex >= 0 && upstreams.Count == 0)
            return [$"at most {facts.Task?.MaxParallel} elements of '{instance.TaskId}' run at once; it starts when one of them ends"];
        var open = facts.Run.Instances.Where(one => one.Key.MapIndex == instance.Key.MapIndex && upstreams.Contains(one.TaskId) && !TaskState.Ended(one.State)).ToList();
        return open.Count == 0
            ? ["all its upstreams have ended; it is decided at the next step of its run"]
            : [.. open.Select(one => $"it waits for '{Text.Instance(one.TaskId, one.Key.MapIndex)}', which is {TaskState.Word(one.State)}")];
    }

    private static List<string> Waiting(WhyFacts facts) => facts.Past switch
    {
        null => ["it depends on the past, and there is no run before this one: it goes on at the scheduler's next pass"],
        { State: TaskState.Succeeded or TaskState.Skipped } past => [$"it waited for run {past.RunId}; it goes on at the scheduler's next pass"],
        var past =>
        [
            $"it depends on the past: it waits until the same task of run {past.RunId}, scheduled for {Text.Time(past.ScheduledFor)}, has succeeded or was skipped",
            past.State is not { } state ? $"that run is {RunState.Word(past.RunState)}"
                : !TaskState.Ended(state) ? $"there it is {TaskState.Word(state)}"
                : $"there it is {TaskState.Word(state)}: mend the cause and run it again with `pipelines tasks clear {past.RunId} {facts.Task?.Id}`",
        ],
    };

    private static List<string> Queued(WhyFacts facts, InstanceRow instance)
    {
        var why = new List<string> { $"it has been ready since {Text.Time(instance.QueuedAt)}" };
        if (facts.Task?.Wait is not null)
            return [.. why, "it runs no body: the scheduler lets it wait at its next pass. If it does not, check that a scheduler runs"];
        if (facts.Pool is { } pool && pool.Used >= pool.Slots)
            why.Add($"the pool '{pool.Name}' is full: {pool.Used} of {Text.Count(pool.Slots, "slot")} taken"
                + (facts.Holders.Count == 0 ? "" : $" by {Few(facts.Holders.Select(one => $"{Text.Instance(one.TaskId, one.MapIndex)} of run {one.RunId}"))}"));
        if (facts.Line is { } line)
            return [why[0], .. Limited(line, facts.Now)];
        var queue = facts.Task?.Queue ?? "default";
        var serving = facts.Workers.Where(worker => worker.Alive && worker.Queues.Contains(queue)).ToList();
        if (serving.Count == 0)
            why.Add($"no worker that is alive serves the queue '{queue}': start one with `pipelines worker`, or see `pipelines workers list`");
        else if (serving.Sum(worker => worker.Slots - worker.Busy) <= 0)
            why.Add($"all {Text.Count(serving.Sum(worker => worker.Slots), "slot")} of {Text.Count(serving.Count, "worker")} of the queue '{queue}' are busy");
        if (facts.Turn is { } turn)
            why.Add(turn.Text);
        if (why.Count == 1)
            why.Add("nothing holds it: a worker takes it at its next claim");
        return why;
    }

    private static List<string> Limited(LimitLine line, DateTimeOffset now)
    {
        var (limit, name) = (line.Limit, LimitCommands.Name(line.Limit.Name) + (line.Key.Length == 0 || line.Limit.Name.StartsWith("run:", StringComparison.Ordinal) ? "" : $" for '{line.Key}'"));
        var why = new List<string>
        {
            limit.AtOnce is { } most
                ? $"{name} lets {most} run at once, and so many do: {Few(line.Holders)}"
                : $"{name} lets {LimitCommands.Rate(limit)}" + (line.NextAt is { } next ? $"; the next may start {(next > now ? $"in {Text.Span((next - now).TotalSeconds)}" : "now")}"
                    : line.Holders.Count == 0 ? "" : $"; admitted and not started yet: {Few(line.Holders)}"),
        };
        if (line.Ahead > 0)
            why.Add($"{line.Ahead} stand before it in that line");
        return why;
    }

    private static List<string> Running(WhyFacts facts, InstanceRow instance)
    {
        var elements = facts.Run.Instances.Where(one => one.TaskId == instance.TaskId && one.Key.MapIndex >= 0).ToList();
        if (instance.Key.MapIndex < 0 && facts.Task?.Mapped == true)
            return
            [
                $"its {Text.Count(elements.Count, "element")}: "
                + string.Join(", ", elements.GroupBy(one => one.State).OrderByDescending(group => group.Count()).Select(group => $"{group.Count()} {TaskState.Word(group.Key)}")),
            ];
        return
        [
            $"attempt {instance.Attempt} runs on {instance.Worker ?? "a worker"} since {Text.Time(instance.StartedAt)} "
            + $"({Text.Span(Text.SecondsBetween(instance.StartedAt, facts.Now))})",
            .. facts.Run.Run.Cancelling ? ["its run is being cancelled: it has been told to stop"] : Array.Empty<string>(),
        ];
    }

    private static List<string> RetryWait(WhyFacts facts, InstanceRow instance)
    {
        var due = instance.RetryAt is not { } at ? "soon" : at > facts.Now ? $"{Text.Time(at)}, in {Text.Span((at - facts.Now).TotalSeconds)}" : "now";
        return [$"attempt {instance.Attempt + 1} is due {due}", .. Ended(facts, instance, instance.State) is { } last ? [$"attempt {instance.Attempt}: {last}"] : Array.Empty<string>()];
    }

    /// <summary>The reason of the last event that led into a state.</summary>
    private static string? Ended(WhyFacts facts, InstanceRow? instance, char state)
    {
        var last = facts.Events.LastOrDefault(e => e.To == state && e.TaskId == instance?.TaskId && (e.MapIndex ?? -1) == (instance?.Key.MapIndex ?? -1));
        if (last is null)
            return null;
        var reason = last.Why ?? Message(last.Detail);
        return $"{TaskState.Word(state)} at {Text.Time(last.At)}" + (last.Actor is null ? "" : $" by {last.Actor}") + (reason is null ? "" : $": {reason}");
    }

    /// <summary>Of a task that did not run because of others: which.</summary>
    private static IEnumerable<string> Cause(WhyFacts facts, InstanceRow instance)
    {
        if (instance.State is not (TaskState.UpstreamFailed or TaskState.Skipped) || instance.Key.MapIndex >= 0)
            return [];
        var upstreams = facts.Task?.Upstreams.Select(edge => edge.Task).ToHashSet(StringComparer.Ordinal) ?? [];
        return facts.Run.Instances.Where(one => one.Key.MapIndex < 0 && upstreams.Contains(one.TaskId)).Select(one => $"its upstream '{one.TaskId}' is {TaskState.Word(one.State)}");
    }

    private static string? Message(string? detail) => detail is null ? null : (JsonNode.Parse(detail) as JsonObject)?["message"]?.ToString();

    private static string Few(IEnumerable<string> names)
    {
        var all = names.ToList();
        return string.Join(", ", all.Take(Shown)) + (all.Count > Shown ? $" and {all.Count - Shown} more" : "");
    }
}
