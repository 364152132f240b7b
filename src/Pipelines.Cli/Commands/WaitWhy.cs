using System.Globalization;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>What a task waits for that holds no slot: a time, a sensor's next poll, or runs of another DAG.</summary>
internal static class WaitWhy
{
    private const int Shown = 8;
    private const string NotSeen = "it waits for a run of a DAG that this account does not see";

    public static IReadOnlyList<string> Explain(WhyFacts facts, PollPolicy poll, InstanceRow sensor)
    {
        var givesUp = sensor.FirstStartedAt + poll.Timeout;
        var how = poll.Factor > 1
            ? string.Create(CultureInfo.InvariantCulture, $"first after {Span(poll.Every)}, then {poll.Factor:0.##} times as long each time, at most {Span(poll.Cap)}")
            : $"every {Span(poll.Every)}";
        return
        [
            $"it is a sensor and found nothing yet: it polls {how}, and holds no slot in between",
            $"{Text.Count(sensor.Polls, "poll")} so far, the last one at {Text.Time(sensor.StartedAt)}; the next one is due {Due(facts, sensor.RetryAt)}",
            $"it gives up at {Due(facts, givesUp)}, and is {(poll.SoftFail ? "skipped" : "failed")} then",
        ];
    }

    public static IReadOnlyList<string> Explain(WhyFacts facts, WaitSpec wait, InstanceRow instance) => wait.Kind switch
    {
        WaitKind.Delay or WaitKind.Moment => [$"it waits for a time: {Due(facts, instance.RetryAt)}"],
        WaitKind.Signal => [$"it waits for the signal {wait.Signal}: pipelines runs signal {instance.Key.RunId} {wait.Signal}", .. GivesUp(facts, instance, wait.SoftFail)],
        _ when facts.Wait is null => ["what it waited for has come; it goes on at the scheduler's next pass"],
        WaitKind.Run => [.. Child(facts.Wait), .. GivesUp(facts, instance, soft: false)],
        _ => [.. Others(facts.Wait, instance), .. facts.Wait is { Known: true, GivesUpAt: { } at } ? [$"it gives up at {Due(facts, at)}, and is {(wait.SoftFail ? "skipped" : "failed")} then"] : Array.Empty<string>()],
    };

    /// <summary>The run that it has started.</summary>
    public static IEnumerable<string> Child(WaitRow row)
    {
        if (row.Hidden)
            return [NotSeen];
        if (row.Runs is not [var run, ..])
            return [$"it waits for a run of {row.DagId} that was deleted: clear the task, and it starts another one"];
        var why = $"it waits for the end of run {run.RunId} of {row.DagId}, which it has started and which is {RunState.Word(run.State)}";
        return run.State == 'q' && row.Paused ? [why, $"the DAG is paused, so that run begins after `pipelines dags resume {row.DagId}`"] : [why];
    }

    private static IEnumerable<string> GivesUp(WhyFacts facts, InstanceRow instance, bool soft) =>
        instance.RetryAt is { } at ? [$"it gives up at {Due(facts, at)}, and is {(soft ? "skipped" : "failed")} then"] : [];

    private static IEnumerable<string> Others(WaitRow wait, InstanceRow instance)
    {
        if (wait.Hidden)
        {
            yield return NotSeen;
            yield break;
        }

        var what = wait.TaskId is null ? wait.DagId : $"task '{wait.TaskId}' of {wait.DagId}";
        if (!wait.Known)
        {
            yield return $"it waits for {what}, and there is no DAG of that id: load it, or this task fails at {Text.Time(instance.RetryAt)}";
            yield break;
        }

        if (wait.To is null)
        {
            yield return wait.Runs is [var run]
                ? $"it waits for {what} in run {run.RunId}, scheduled for {Text.Time(run.ScheduledFor)}, which is {Word(wait, run.State)}{Mend(wait, run)}"
                : $"it waits for {what} in the run scheduled for {Text.Time(wait.From)}; there is no such run yet. See `pipelines runs list --dag {wait.DagId}`";
            yield break;
        }

        var done = wait.Runs.Count(one => one.State is 's' || one.State is 'k' && wait.TaskId is not null);
        yield return $"it waits for {what} in the runs that cover {Text.Time(wait.From)} to {Text.Time(wait.To)}: {done} of the {wait.Runs.Count} that are there have succeeded";
        var open = wait.Runs.Where(one => one.State is not ('s' or 'k')).ToList();
        foreach (var run in open.Take(Shown))
            yield return $"run {run.RunId}, scheduled for {Text.Time(run.ScheduledFor)}, is {Word(wait, run.State)}{Mend(wait, run)}";
        if (open.Count > Shown)
            yield return $"and {open.Count - Shown} more";
    }

    private static string Word(WaitRow wait, char state) => wait.TaskId is null ? RunState.Word(state) : state == 'x' ? "without that task" : $"there {TaskState.Word(state)}";

    private static string Mend(WaitRow wait, (long RunId, DateTimeOffset, char State) run) =>
        run.State is 'f' or 'c' or 'u' ? $": mend the cause and run it again with `pipelines tasks clear {run.RunId} {wait.TaskId ?? "TASK"}`" : "";

    private static string Due(WhyFacts facts, DateTimeOffset? at) => at is not { } due ? "soon"
        : due > facts.Now ? $"{Text.Time(due)}, in {Text.Span((due - facts.Now).TotalSeconds)}"
        : $"{Text.Time(due)}, which is now";

    private static string Span(TimeSpan time) => Text.Span(time.TotalSeconds);
}
