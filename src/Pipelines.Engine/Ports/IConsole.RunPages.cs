namespace Pipelines.Engine.Ports;

/// <content>What the pages of one run read: bounded by the tasks of its graph, however many elements they are mapped over.</content>
public partial interface IConsole
{
    /// <summary>The run with one instance a task; elements of mapped tasks are summed up. Outputs are left out.</summary>
    Task<RunTasks?> RunTasksAsync(long runId, CancellationToken cancellation);

    /// <summary>Changes of state of the run's tasks, elements left out: the newest, oldest first.</summary>
    Task<IReadOnlyList<StateMove>> MovesAsync(long runId, int limit, CancellationToken cancellation);

    /// <summary>The runs around it; null: there is no such run.</summary>
    Task<RunFamily?> FamilyAsync(long runId, CancellationToken cancellation);

    /// <summary>Differs whenever a page of the run would; null: there is no such run.</summary>
    Task<string?> RunFingerprintAsync(long runId, CancellationToken cancellation);

    /// <summary>The instances that failed, were kept from running by a failure, or were cancelled: of a mapped task its elements.</summary>
    Task<IReadOnlyList<InstanceKey>> FailedAsync(long runId, CancellationToken cancellation);

    /// <summary>A window of the logs of all attempts of a run, in the order of their time.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="level">E: only errors; W: warnings as well; else all.</param>
    /// <param name="from">The first line, from 1; null: around the first error, else the top.</param>
    /// <param name="lines">How many at most.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<RunLog> RunLogAsync(long runId, char level, long? from, int lines, CancellationToken cancellation);
}

/// <param name="Detail">Its instances are those of whole tasks.</param>
/// <param name="Elements">Of each mapped task that has elements: a row a state.</param>
public sealed record RunTasks(RunDetail Detail, IReadOnlyList<ElementSum> Elements);

/// <summary>Elements of a mapped task that are in one state.</summary>
/// <param name="From">When the first attempt of one of them began.</param>
/// <param name="To">When the last of them ended.</param>
public sealed record ElementSum(int TaskNo, char State, int Count, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>A task that went from one state to another.</summary>
public sealed record StateMove(int TaskNo, DateTimeOffset At, short Attempt, char? From, char To, string? Worker, string? Why);

/// <summary>The runs around a run.</summary>
/// <param name="Previous">The DAG's run before it.</param>
/// <param name="Next">The DAG's run after it.</param>
/// <param name="Parent">The run whose task started it.</param>
/// <param name="Children">The runs that its own tasks started: 100 at most, open ones first.</param>
public sealed record RunFamily(long? Previous, long? Next, RelatedRun? Parent, IReadOnlyList<RelatedRun> Children)
{
    /// <summary>How many runs its own tasks have started in all.</summary>
    public int Started { get; init; }

    /// <summary>How many of these are open and are cancelled when it ends before them (<see cref="ParentClosePolicy"/>).</summary>
    public int Ending { get; init; }
}

/// <param name="TaskId">The task that started the child.</param>
public sealed record RelatedRun(long RunId, string DagId, char State, string? TaskId);

/// <param name="Lines">By time.</param>
/// <param name="From">The number of the first line of the window, among those of the level.</param>
/// <param name="Total">How many lines of the level there are.</param>
public sealed record RunLog(IReadOnlyList<RunLogLine> Lines, long From, long Total, long Warnings, long Errors);

/// <summary>A line of an attempt's log.</summary>
public sealed record RunLogLine(string TaskId, int MapIndex, short Attempt, LogLine Line);
