namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>The newest runs of a window, oldest first, with a state a task.</summary>
    Task<Grid?> GridAsync(string dagId, GridWindow window, CancellationToken cancellation);

    /// <summary>One task in its DAG's newest runs up to <paramref name="end"/>, oldest first; empty: there is no such DAG.</summary>
    Task<IReadOnlyList<TaskRun>> TaskRunsAsync(string dagId, string taskId, DateTimeOffset? end, int runs, CancellationToken cancellation);

    /// <summary>The state of each task of a run that has started; a mapped one counts once.</summary>
    Task<IReadOnlyDictionary<string, char>> RunStatesAsync(long runId, CancellationToken cancellation);
}

/// <summary>Which runs a grid shows.</summary>
/// <param name="Runs">How many at most.</param>
/// <param name="End">None that is scheduled for later; null: the newest.</param>
public sealed record GridWindow(int Runs, DateTimeOffset? End)
{
    /// <summary>With a kind or a state: of how many runs those are looked for.</summary>
    public const int Searched = 1500;

    /// <summary>Only runs of this kind; null: any.</summary>
    public char? Kind { get; init; }

    /// <summary>Only runs in this state; null: any.</summary>
    public char? State { get; init; }
}

/// <summary>One task in one run.</summary>
/// <param name="RunState">The state of the run.</param>
/// <param name="State">Null: the run has no such task, or has not started.</param>
/// <param name="Why">Of one that failed, how its last attempt ended.</param>
/// <param name="Detail">The same, as stored: type, message and stack.</param>
public sealed record TaskRun(
    long RunId, DateTimeOffset ScheduledFor, char Kind, int VersionId, char RunState, char? State, short Attempt,
    DateTimeOffset? QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? Why, string? Detail)
{
    public double? Seconds => this is { StartedAt: { } from, FinishedAt: { } to } ? (to - from).TotalSeconds : null;
}
