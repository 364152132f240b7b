namespace Pipelines.Engine.Ports;

/// <summary>What pages and the API read: all that the command line does, and more. One indexed query a call; never locks; null or empty for what does not exist.</summary>
public partial interface IConsole : IReads;

/// <summary>What the command line reads too, from the database or over the API.</summary>
public partial interface IReads
{
    Task<IReadOnlyList<DagSummary>> DagsAsync(CancellationToken cancellation);

    Task<DagDetail?> DagAsync(string dagId, CancellationToken cancellation);

    /// <summary>What the scheduler would decide from if the DAG were due now; null: there is no such DAG.</summary>
    Task<DueDag?> SchedulingAsync(string dagId, CancellationToken cancellation);

    Task<IReadOnlyList<ImportError>> ImportErrorsAsync(CancellationToken cancellation);

    /// <summary>The newest runs by scheduledFor, ending at <paramref name="end"/> if given, oldest first, with a state a task.</summary>
    Task<Grid?> GridAsync(string dagId, int runs, DateTimeOffset? end, CancellationToken cancellation);

    Task<IReadOnlyList<RunSummary>> RunsAsync(string? dagId, char? state, long? backfillId, int limit, CancellationToken cancellation);

    Task<RunDetail?> RunAsync(long runId, CancellationToken cancellation);

    /// <summary>The run with the instances of one task only: of a mapped task its own row and one an element.</summary>
    async Task<RunDetail?> TaskAsync(long runId, string taskId, CancellationToken cancellation) =>
        await RunAsync(runId, cancellation).ConfigureAwait(false) is { } run
            ? run with { Instances = [.. run.Instances.Where(instance => instance.TaskId == taskId)] }
            : null;

    /// <summary>The same task in the DAG's previous run, for which one that depends on the past waits; null: there is no such run.</summary>
    Task<PastRow?> PastAsync(long runId, string taskId, CancellationToken cancellation);

    /// <summary>What an instance waits for in other DAGs; null: nothing.</summary>
    Task<WaitRow?> WaitAsync(InstanceKey key, CancellationToken cancellation);

    /// <summary>The newest events of a run, oldest first.</summary>
    Task<IReadOnlyList<EventRow>> RunEventsAsync(long runId, int limit, CancellationToken cancellation);

    /// <summary>The attempts of an instance, from its events, oldest first.</summary>
    Task<IReadOnlyList<AttemptRow>> AttemptsAsync(InstanceKey key, CancellationToken cancellation);

    /// <summary>Lines of an attempt's log; <paramref name="firstLine"/> is 1 for the first; of no <paramref name="lines"/> only the counts.</summary>
    Task<LogPage> LogAsync(InstanceKey key, short attempt, int firstLine, int lines, CancellationToken cancellation);

    Task<IReadOnlyList<ArtefactRow>> ArtefactsAsync(InstanceKey key, CancellationToken cancellation);

    Task<(string ContentType, byte[] Content)?> ArtefactAsync(InstanceKey key, string name, CancellationToken cancellation);

    Task<IReadOnlyList<BackfillRow>> BackfillsAsync(string? dagId, int limit, CancellationToken cancellation);

    Task<BackfillRow?> BackfillAsync(long id, CancellationToken cancellation);

    /// <summary>scheduledFor and state of the runs that exist for ticks in [from, to): what a preview needs.</summary>
    Task<IReadOnlyDictionary<DateTimeOffset, char>> ExistingRunsAsync(string dagId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation);

    /// <summary>The median of the seconds that the DAG's newest successful runs took, up to 50; null: there are none.</summary>
    Task<double?> TypicalRunAsync(string dagId, CancellationToken cancellation);

    /// <summary>What the DAG's newest successful runs took, up to 50; null: there are none.</summary>
    Task<RunTimes?> RunTimesAsync(string dagId, CancellationToken cancellation);

    Task<IReadOnlyList<PoolRow>> PoolsAsync(CancellationToken cancellation);

    /// <summary>The limits beside pools that tasks keep to.</summary>
    Task<IReadOnlyList<LimitRow>> LimitsAsync(CancellationToken cancellation);

    /// <summary>Every asset that a DAG names or has named.</summary>
    Task<IReadOnlyList<AssetRow>> AssetsAsync(CancellationToken cancellation);

    /// <summary>An asset with its newest updates and who is run by it; null: there is none.</summary>
    Task<AssetDetail?> AssetAsync(string name, int updates, CancellationToken cancellation);

    /// <summary>The limit in whose line a queued instance stands; null: in none.</summary>
    Task<LimitLine?> LimitLineAsync(InstanceKey key, CancellationToken cancellation);

    /// <summary>The place of a ready instance whose DAG has a fairness key; null: it goes by age, or is not in a queue.</summary>
    Task<TurnRow?> TurnAsync(InstanceKey key, CancellationToken cancellation);

    /// <summary>The newest notifications first.</summary>
    /// <param name="runId">Only those about this run; null: all.</param>
    /// <param name="failed">Only those whose last try failed, given up or not.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<NotificationRow>> NotificationsAsync(long? runId, bool failed, int limit, CancellationToken cancellation);

    Task<NotificationRow?> NotificationAsync(long id, CancellationToken cancellation);

    /// <summary>The tries to deliver a notification, oldest first.</summary>
    Task<IReadOnlyList<NotificationTry>> NotificationTriesAsync(long id, CancellationToken cancellation);

    Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellation);

    /// <summary>The database's time: what "now" means everywhere.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellation);
}

/// <param name="Schedule">In words, of whatever kind.</param>
public sealed record DagSummary(
    string DagId, string? Description, string? Cron, string TimeZone, bool Paused, bool Retired, DateTimeOffset? NextDue, int Tasks,
    IReadOnlyList<RunMark> Recent, string Schedule);

/// <summary>A run as a bar: newest last.</summary>
public sealed record RunMark(long RunId, char State, double? Seconds);

public sealed record DagDetail(DagSpec Spec, int VersionId, string Hash, string Source, bool Paused, DateTimeOffset? RetiredAt,
    DateTimeOffset? NextDue, DateTimeOffset? LastTick, DateTimeOffset LoadedAt, IReadOnlyList<EventRow> Recent);

/// <param name="Tasks">Of the current version, in topological order; tasks that only older runs have come after them.</param>
/// <param name="Runs">Oldest first; each strip has one state a task of <paramref name="Tasks"/>, '.' where the run has no such task.</param>
public sealed record Grid(DagDetail Dag, IReadOnlyList<GridTask> Tasks, IReadOnlyList<GridRun> Runs);

public sealed record GridTask(string TaskId, bool Mapped, TaskRole Role = TaskRole.Task);

public sealed record GridRun(RunSummary Run, string Strip, int VersionId = 0);

public sealed record RunSummary(
    long RunId, string DagId, char Kind, char State, bool Cancelling, DateTimeOffset ScheduledFor, Interval? Interval, long? BackfillId,
    string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, int Failures);

public sealed record RunDetail(RunSummary Run, DagSpec Spec, int VersionId, string? Arguments, IReadOnlyList<InstanceRow> Instances)
{
    /// <summary>Of a run that updates of assets started: those updates, the oldest first and at most the 1,000 newest.</summary>
    public IReadOnlyList<AssetUpdate> Updates { get; init; } = [];

    /// <summary>The name that its caller gave it; null: none.</summary>
    public string? Key { get; init; }

    /// <summary>The run whose outputs it began with; null: none.</summary>
    public long? TakenFrom { get; init; }

    /// <summary>The runs that were forked from it, the newest first, at most 20.</summary>
    public IReadOnlyList<long> Forks { get; init; } = [];

    /// <summary>By how much its tasks go before those of equal priority.</summary>
    public int Priority { get; init; }

    /// <summary>What it is one run of.</summary>
    public RunEntity Entity { get; init; } = RunEntity.None;

    /// <summary>What people wrote on it and its task instances.</summary>
    public IReadOnlyList<NoteRow> Notes { get; init; } = [];
}

/// <summary>Of runs of one key, and of those that continue one another.</summary>
/// <param name="Key">Of its DAG's RunKey; null: none.</param>
/// <param name="InLine">It is queued until the open run of its key has ended.</param>
/// <param name="Continues">The run that it goes on from; null: none.</param>
/// <param name="ContinuedBy">The run that goes on from it; null: none.</param>
public sealed record RunEntity(string? Key, bool InLine, long? Continues, long? ContinuedBy)
{
    /// <summary>A run by itself.</summary>
    public static readonly RunEntity None = new(null, false, null, null);
}

/// <param name="TaskId">Null: on the run itself.</param>
public sealed record NoteRow(string? TaskId, int MapIndex, string Text, string By, DateTimeOffset At);

/// <summary>A task instance with the counters that say what it waits for.</summary>
public sealed record InstanceRow(
    InstanceKey Key, string TaskId, char State, short Attempt, short Tries, short Lost, int Unmet, int Ok, int Failed, int Skipped,
    int? WorkerId, string? Worker, DateTimeOffset? QueuedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, DateTimeOffset? RetryAt, string? Output)
{
    /// <summary>When its first attempt began.</summary>
    public DateTimeOffset? FirstStartedAt { get; init; }

    /// <summary>Of a sensor, how often it said "not yet".</summary>
    public int Polls { get; init; }
}

/// <param name="State">Null: the run has no such task, or has not started.</param>
public sealed record PastRow(long RunId, DateTimeOffset ScheduledFor, char RunState, char? State);

/// <summary>A wait for runs of another DAG.</summary>
/// <param name="DagId">The other DAG.</param>
/// <param name="TaskId">Its task; null: its run.</param>
/// <param name="From">The tick that is waited for, or with <paramref name="To"/> the interval that is to be covered; null: the run that it has started.</param>
/// <param name="To">The end of that interval.</param>
/// <param name="GivesUpAt">When it is over its timeout.</param>
/// <param name="Known">Whether the other DAG is loaded.</param>
/// <param name="Runs">The runs that concern it, the oldest first and at most 50, each with its state, or that of the task in it.</param>
public sealed record WaitRow(
    string DagId, string? TaskId, DateTimeOffset? From, DateTimeOffset? To, DateTimeOffset? GivesUpAt, bool Known, IReadOnlyList<(long RunId, DateTimeOffset ScheduledFor, char State)> Runs)
{
    /// <summary>Whether the other DAG is paused.</summary>
    public bool Paused { get; init; }

    /// <summary>Whoever asks does not see the other DAG: nothing is told of its runs.</summary>
    public bool Hidden { get; init; }
}

public sealed record EventRow(DateTimeOffset At, string? TaskId, int? MapIndex, short? Attempt, char? From, char? To, string? Actor, string? Why, string? Detail);

/// <param name="State">How the attempt ended: s f k c; y when it failed and is tried again; q when it was lost or given back; r while it runs.</param>
public sealed record AttemptRow(short Attempt, char State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Worker, string? Why, string? Detail);

public sealed record LogLine(int Number, DateTimeOffset At, char Level, string Text);

public sealed record LogPage(IReadOnlyList<LogLine> Lines, int TotalLines, int Warnings, int Errors, int? FirstErrorLine)
{
    /// <summary>What all lines take as they are stored.</summary>
    public long Bytes { get; init; }
}

public sealed record ArtefactRow(string Name, string ContentType, int Bytes, short Attempt, DateTimeOffset At);

public sealed record BackfillRow(
    long Id, string DagId, DateOnly From, DateOnly To, string Existing, bool NewestFirst, int MaxActive, char State, int Total,
    int Queued, int Running, int Succeeded, int Failed, int Cancelled, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    /// <summary>Only these tasks; null: all.</summary>
    public IReadOnlyList<string>? Tasks { get; init; }

    /// <summary>What dates that are run again run on: current or original.</summary>
    public string Version { get; init; } = "original";

    /// <summary>Run arguments of every date, as JSON; null: none were given.</summary>
    public string? Arguments { get; init; }
}

public sealed record PoolRow(string Name, int Slots, int Used, int Waiting);

/// <param name="AtOnce">How many run at once; or <paramref name="Starts"/> in <paramref name="PerSeconds"/>.</param>
/// <param name="Active">Admitted or running, over all keys.</param>
/// <param name="Waiting">In line.</param>
public sealed record LimitRow(string Name, int? AtOnce, int? Starts, double? PerSeconds, int? Burst, int Active, int Waiting);

/// <param name="Key">What the limit is counted by; empty: all together.</param>
/// <param name="NextAt">Of a rate, when the next may start, if that is known.</param>
/// <param name="Ahead">Instances that stand before it.</param>
/// <param name="Holders">Some of those that have a place, as <c>task</c> or <c>task[3]</c> of a run.</param>
public sealed record LimitLine(LimitRow Limit, string Key, DateTimeOffset? NextAt, int Ahead, IReadOnlyList<string> Holders);

/// <param name="What">f failed, s succeeded, c cancelled, y to be tried again, d its deadline has passed.</param>
/// <param name="State">w waits for its next try, s delivered, f given up.</param>
/// <param name="DueAt">Of one that waits, the next try.</param>
/// <param name="Error">Why the last try failed; null: it has not.</param>
public sealed record NotificationRow(
    long Id, string Channel, char What, string DagId, long RunId, string? TaskId, short? Attempt, DateTimeOffset At, char State, short Tries, short MostTries,
    DateTimeOffset DueAt, DateTimeOffset? FinishedAt, string? Error);

/// <param name="EndedAt">Null: it is under way, or its process died.</param>
/// <param name="Error">Null: it delivered.</param>
public sealed record NotificationTry(short Try, DateTimeOffset At, string Sender, DateTimeOffset? EndedAt, string? Error);

public sealed record WorkerRow(int WorkerId, string Name, IReadOnlyList<string> Queues, int Slots, int Busy, int Stuck, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil, bool Alive)
{
    /// <summary>It takes no more work, by somebody's wish.</summary>
    public bool Draining { get; init; }

    /// <summary>When it said goodbye, or was found dead.</summary>
    public DateTimeOffset? StoppedAt { get; init; }
}
