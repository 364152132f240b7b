using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What is known of a run, or of one task in it: the side panel of the grid and the task's page.</summary>
/// <param name="Run">The run with its instances, or only those of the task.</param>
/// <param name="Shown">The instance shown; null: the run, or a task whose run has not started.</param>
/// <param name="TaskId">The task; null: the run.</param>
/// <param name="Children">Of a mapped task: its instances.</param>
/// <param name="Attempts">Oldest first.</param>
/// <param name="Tail">The last lines of the last attempt's log.</param>
/// <param name="Artefacts">What the instance's attempts have stored.</param>
/// <param name="Now">The database's time.</param>
internal sealed record PanelView(
    RunDetail Run, InstanceRow? Shown, string? TaskId, IReadOnlyList<InstanceRow> Children, IReadOnlyList<AttemptRow> Attempts, LogPage? Tail,
    IReadOnlyList<ArtefactRow> Artefacts, DateTimeOffset Now)
{
    private const int TailLines = 6;

    /// <summary>What lies around the task in the graph and in time; null where only the task itself is shown.</summary>
    public PanelAround? Around { get; init; }

    /// <summary>What people wrote on exactly this.</summary>
    public NoteRow? Note => Run.Notes.FirstOrDefault(note => note.TaskId == TaskId && note.MapIndex == (Shown?.Key.MapIndex ?? -1));

    public TaskSpec? Spec => Run.Spec.Tasks.FirstOrDefault(task => task.Id == TaskId);

    public AttemptRow? Last => Attempts.Count > 0 ? Attempts[^1] : null;

    /// <summary>The error of the last attempt that has ended badly, unless a later one has mended it.</summary>
    public ErrorText? Error => Shown is { State: TaskState.Succeeded } ? null
        : Attempts.LastOrDefault(attempt => attempt.State is 'f' or 'y') is { } bad ? ErrorText.Of(bad.Detail, bad.Why) : null;

    /// <summary>What a task that has not ended waits for, for people.</summary>
    public string? Waits => TaskWait.Of(Run.Run, Spec, Shown, Now) is { } waits ? waits.StartsWith("for ", StringComparison.Ordinal) ? $"waits {waits}" : waits : null;

    /// <summary>Null when there is no such run or task, or the run is another DAG's.</summary>
    public static async Task<PanelView?> ReadAsync(IConsole console, string? dagId, long runId, string? taskId, CancellationToken cancellation, int mapIndex = -1)
    {
        var run = taskId is null ? await console.RunAsync(runId, cancellation) : await console.TaskAsync(runId, taskId, cancellation);
        if (run is null || (dagId is not null && run.Run.DagId != dagId) || (taskId is not null && run.Spec.Tasks.All(task => task.Id != taskId)))
            return null;
        var now = await console.NowAsync(cancellation);
        var shown = taskId is null ? null : run.Instances.FirstOrDefault(instance => instance.Key.MapIndex == mapIndex);
        if (shown is null)
            return mapIndex < 0 ? new(run, null, taskId, [], [], null, [], now) : null;
        var attempts = await console.AttemptsAsync(shown.Key, cancellation);
        var tail = attempts.Count > 0 ? await TailAsync(console, shown.Key, attempts[^1].Attempt, cancellation) : null;
        var artefacts = await console.ArtefactsAsync(shown.Key, cancellation);
        return new(run, shown, taskId, mapIndex < 0 ? [.. run.Instances.Where(instance => instance.Key.MapIndex >= 0)] : [], attempts, tail, artefacts, now);
    }

    /// <summary>The lines that end with the first error, else the last ones.</summary>
    private static async Task<LogPage> TailAsync(IConsole console, InstanceKey key, short attempt, CancellationToken cancellation)
    {
        var counts = await console.LogAsync(key, attempt, 1, 0, cancellation);
        var end = counts.FirstErrorLine is { } error ? Math.Min(error + 2, counts.TotalLines) : counts.TotalLines;
        return counts.TotalLines == 0 ? counts : await console.LogAsync(key, attempt, Math.Max(1, end - TailLines + 1), Math.Min(end, TailLines), cancellation);
    }
}
