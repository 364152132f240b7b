using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>One task instance in its run, read without the others: what its page and its log's page begin with.</summary>
/// <param name="Run">The run with this instance alone.</param>
/// <param name="Shown">Null: its run has not started.</param>
/// <param name="Map">-1: the task as a whole.</param>
/// <param name="Attempts">Oldest first.</param>
/// <param name="Now">The database's time.</param>
internal sealed record TaskView(RunDetail Run, InstanceRow? Shown, string TaskId, int Map, IReadOnlyList<AttemptRow> Attempts, DateTimeOffset Now)
{
    /// <summary>Of an output, how many characters a page shows.</summary>
    public const int LongestOutput = 20_000;

    public long RunId => Run.Run.RunId;

    public string Name => TaskId + (Map < 0 ? "" : $"[{Map}]");

    public TaskSpec Spec => Run.Spec.Tasks.First(task => task.Id == TaskId);

    public char State => Shown?.State ?? (RunState.Ended(Run.Run.State) ? TaskState.Cancelled : TaskState.Scheduled);

    public bool Ended => Shown is null ? RunState.Ended(Run.Run.State) : TaskState.Ended(Shown.State);

    /// <summary>The tasks right below it.</summary>
    public IReadOnlyList<string> Blocks => [.. Run.Spec.Tasks.Where(task => task.Upstreams.Any(up => up.Task == TaskId)).Select(task => task.Id)];

    /// <summary>What a task that has not ended waits for, for people; null: nothing.</summary>
    public string? Waits => TaskWait.Of(Run.Run, Spec, Shown, Now);

    /// <summary>The error of an attempt that ended badly.</summary>
    public static ErrorText? ErrorOf(AttemptRow? attempt) => attempt is { State: 'f' or 'y' } bad ? ErrorText.Of(bad.Detail, bad.Why) : null;

    /// <summary>What runs again when this is retried.</summary>
    public ClearRequest Retry(bool dry) => new(RunId, TaskId) { MapIndex = Map, DryRun = dry };

    /// <summary>Null when there is no such run, task or element.</summary>
    public static async Task<TaskView?> ReadAsync(IConsole console, long runId, string taskId, int map, CancellationToken cancellation)
    {
        var run = await console.InstanceAsync(runId, taskId, map, cancellation);
        if (run is null || run.Spec.Tasks.All(task => task.Id != taskId) || (map >= 0 && run.Instances.Count == 0))
            return null;
        var shown = run.Instances.Count > 0 ? run.Instances[0] : null;
        var attempts = shown is null ? [] : await console.AttemptsAsync(shown.Key, cancellation);
        return new(run, shown, taskId, map, attempts, await console.NowAsync(cancellation));
    }

    public static string MissingText(long runId, string taskId, int map) =>
        $"There is no run {runId} with a task '{taskId}'{(map < 0 ? "" : $" that has an element {map}")}.";
}
