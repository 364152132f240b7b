using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>Who acts, as events say it.</summary>
/// <param name="Name">Such as cli:ann.</param>
/// <param name="Why">Their reason, for those who read the history; null: none was given.</param>
public sealed record Actor(string Name, string? Why = null)
{
    /// <summary>The caller's name for the request: one that was carried out is not carried out again; null: it has none.</summary>
    public string? Once { get; init; }

    /// <summary>The network address that the request came from; null: it came from this machine's command line.</summary>
    public string? From { get; init; }

    public static implicit operator Actor(string name) => new(name);
}

/// <summary>What people do, each with who did it and why. Unknown names and refused requests throw <see cref="RefusedException"/>.</summary>
public partial interface IOperations
{
    Task PauseAsync(string dagId, Actor by, CancellationToken cancellation);

    Task ResumeAsync(string dagId, Actor by, CancellationToken cancellation);

    /// <summary>Makes a manual run, which starts when the DAG has a place free; when the DAG has one of this key already, that is the answer and nothing is made.</summary>
    Task<StartedRun> StartRunAsync(NewRun run, Actor by, CancellationToken cancellation);

    /// <summary>
    /// Makes a manual run of the same interval that begins at a task. What had succeeded in the old one and is not the task, nor below it, is taken over with its output; the rest runs.
    /// </summary>
    Task<ForkedRun> ForkRunAsync(ForkRequest request, Actor by, CancellationToken cancellation);

    /// <summary>Writes a note on a run, or on a task instance of it; no text takes it away.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="taskId">The task; null: the run itself.</param>
    /// <param name="mapIndex">An element of it; -1: the task.</param>
    /// <param name="text">Up to 2,000 characters.</param>
    /// <param name="by">Who writes.</param>
    /// <param name="cancellation">Stops it.</param>
    Task NoteAsync(long runId, string? taskId, int mapIndex, string? text, Actor by, CancellationToken cancellation);

    /// <summary>Deletes an ended run with its instances, logs, artefacts and notes; its events stay.</summary>
    Task DeleteRunAsync(long runId, Actor by, CancellationToken cancellation);

    /// <summary>Returns the run's state after: c when it has ended at once, r while running attempts are told to stop.</summary>
    Task<char> CancelRunAsync(long runId, Actor by, CancellationToken cancellation);

    /// <summary>
    /// Makes instances run again, with all that belongs to them, in one run or in many: a transaction a run. Attempts that run are fenced. The first of the answer is the
    /// run that was named; others that cannot be cleared now say why and are left alone.
    /// </summary>
    Task<IReadOnlyList<ClearedRun>> ClearTasksAsync(ClearRequest request, Actor by, CancellationToken cancellation);

    /// <summary>Makes exactly these instances run again; map index -1 stands for a task with all its elements. Returns how many were cleared.</summary>
    Task<int> ClearTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, Actor by, CancellationToken cancellation);

    /// <summary>Makes a whole run run again: an ended one goes back to the queue, on the DAG's current version if asked; in a running one every task is cleared. Returns its state.</summary>
    Task<char> ClearRunAsync(long runId, bool onCurrentVersion, Actor by, CancellationToken cancellation);

    /// <summary>Ends instances by hand as s, f or k; what is below and had failed is decided anew. Returns how many were marked; what is so already is not.</summary>
    Task<int> MarkTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, char state, Actor by, CancellationToken cancellation);

    /// <summary>Ends a run by hand as s or f. Returns its state: r while teardowns or callbacks are to come.</summary>
    Task<char> MarkRunAsync(long runId, char state, Actor by, CancellationToken cancellation);

    /// <summary>Tells from outside that an asset has been updated, which may start runs of the DAGs that are scheduled by it. Returns the update's number.</summary>
    /// <param name="name">The asset; some DAG must name it.</param>
    /// <param name="extra">JSON for those runs; null: none.</param>
    /// <param name="by">Who tells it, and why.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<long> UpdateAssetAsync(string name, string? extra, Actor by, CancellationToken cancellation);

    /// <summary>Sends a notification again that was not delivered.</summary>
    Task RetryNotificationAsync(long id, Actor by, CancellationToken cancellation);

    Task<long> CreateBackfillAsync(NewBackfill backfill, Actor by, CancellationToken cancellation);

    Task PauseBackfillAsync(long id, Actor by, CancellationToken cancellation);

    Task ResumeBackfillAsync(long id, Actor by, CancellationToken cancellation);

    /// <summary>Sets how many runs of an open backfill may run at once.</summary>
    Task SetBackfillSpeedAsync(long id, int maxActive, Actor by, CancellationToken cancellation);

    /// <summary>Runs the dates of a backfill again that failed or were cancelled; returns how many.</summary>
    Task<int> RetryBackfillAsync(long id, Actor by, CancellationToken cancellation);

    Task CancelBackfillAsync(long id, bool stopRunning, Actor by, CancellationToken cancellation);

    Task SetPoolAsync(string name, int slots, Actor by, CancellationToken cancellation);
}

/// <summary>A backfill to be made.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="From">First local day, by interval start.</param>
/// <param name="To">Last local day, inclusive.</param>
/// <param name="Existing">missing, failed or all.</param>
/// <param name="NewestFirst">The order in which runs are made.</param>
/// <param name="MaxActive">Runs at once.</param>
/// <param name="Total">How many runs the preview found to make or run again.</param>
public sealed record NewBackfill(string DagId, LocalDate From, LocalDate To, string Existing, bool NewestFirst, int MaxActive, int Total)
{
    /// <summary>Only these tasks, with the setups and teardowns that belong to them; null: all.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>With <see cref="Tasks"/>: everything below them as well.</summary>
    public bool Downstream { get; init; }

    /// <summary>Whether dates are among them that have no run yet, so that there is nothing to take the outputs of other tasks from.</summary>
    public bool MakesRuns { get; init; } = true;

    /// <summary>What dates that are run again run on: current, or the original version of their run.</summary>
    public string Version { get; init; } = "current";

    /// <summary>Run arguments of every date, as JSON; null: the defaults, and those that a date that is run again had.</summary>
    public string? Arguments { get; init; }
}

/// <summary>A run to be started by hand.</summary>
/// <param name="DagId">The DAG.</param>
public sealed record NewRun(string DagId)
{
    /// <summary>The data; null: the last complete interval of the schedule.</summary>
    public Interval? Interval { get; init; }

    /// <summary>Run arguments as JSON.</summary>
    public string? Arguments { get; init; }

    /// <summary>The caller's own name for it, up to 200 characters: a DAG makes one run of a key, however often it is asked to.</summary>
    public string? Key { get; init; }

    /// <summary>A note on the run.</summary>
    public string? Note { get; init; }

    /// <summary>A signal that it is sent in the same transaction, also when the run of this key is there already; null: none.</summary>
    public NewSignal? Signal { get; init; }

    /// <summary>Its tasks go before ready tasks of lower priority by so much more; -100 to 100.</summary>
    public int Priority { get; init; }

    /// <summary>The trace that it is part of, a W3C traceparent; null, or not one: it begins a trace of its own.</summary>
    public string? TraceParent { get; init; }
}

/// <param name="RunId">The run.</param>
/// <param name="IsNew">False: the run of this key was there already.</param>
public sealed record StartedRun(long RunId, bool IsNew);

/// <summary>What somebody asked for is more than they may; the message says what it needs.</summary>
public sealed class ForbiddenException(string message) : Exception(message);

/// <summary>A request that cannot be carried out; the message says what, and what exists or how to fix it.</summary>
public sealed class RefusedException(string message) : Exception(message);
