namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>Who takes and who waits for the slots of pools.</summary>
    Task<IReadOnlyList<PoolUse>> PoolUseAsync(CancellationToken cancellation);

    /// <summary>Limits by their keys, where somebody has a place or waits, the longest lines first.</summary>
    Task<IReadOnlyList<LimitKeyRow>> LimitKeysAsync(int limit, CancellationToken cancellation);

    /// <summary>What is ready or in the line of a limit, and has no worker: the oldest first, of each lane the first.</summary>
    Task<IReadOnlyList<QueuedRow>> QueueAsync(int limit, CancellationToken cancellation);

    /// <summary>What waits without a slot: for a time, for another DAG or for the run before; the next due first.</summary>
    Task<IReadOnlyList<WaitingRow>> WaitingAsync(int limit, CancellationToken cancellation);

    /// <summary>Runs that have not started, by DAG and backfill, the oldest first.</summary>
    Task<IReadOnlyList<QueuedRuns>> QueuedRunsAsync(int limit, CancellationToken cancellation);

    /// <summary>How many instances are ready, and how many stand in the line of a limit.</summary>
    Task<(int Ready, int InLine)> QueueLengthAsync(CancellationToken cancellation);

    /// <summary>What could not be loaded, since when, and which versions serve meanwhile.</summary>
    Task<IReadOnlyList<ImportErrorRow>> ImportErrorsInFullAsync(int limit, CancellationToken cancellation);

    /// <summary>What workers run now, the longest first.</summary>
    Task<IReadOnlyList<RunningRow>> RunningAttemptsAsync(int limit, CancellationToken cancellation);

    /// <summary>What can be known of the whole from the database.</summary>
    Task<HealthRow> HealthAsync(CancellationToken cancellation);
}

/// <param name="Running">Slots that the DAG's tasks take.</param>
/// <param name="Waiting">Its instances that wait for one.</param>
public sealed record PoolUse(string Pool, string DagId, int Running, int Waiting);

/// <param name="Room">How many more may start now.</param>
/// <param name="NextAt">When the line is looked at next, if that is known.</param>
public sealed record LimitKeyRow(string Limit, string Key, int Active, int Waiting, int Room, DateTimeOffset? NextAt);

/// <param name="Limit">The limit in whose line it stands; null: in none.</param>
/// <param name="LimitKey">What the limit is counted by.</param>
public sealed record QueuedRow(
    InstanceKey Key, string DagId, string TaskId, string Queue, string? Pool, int PoolSlots, int PoolUsed, int Weight, DateTimeOffset? QueuedAt, string? Limit, string? LimitKey)
{
    /// <summary>The key by which its DAG takes turns, such as customer=acme, and who does; null: it goes by age.</summary>
    public TurnRow? Turn { get; init; }
}

/// <summary>The place of what is ready among those that take turns.</summary>
/// <param name="Key">Such as customer=acme.</param>
/// <param name="Ready">How much of that key is ready in its queue, at its priority.</param>
/// <param name="Others">How many other keys take turns with it there.</param>
/// <param name="Before">How many start before it; null: not known.</param>
public sealed record TurnRow(string Key, int Ready, int Others, int? Before)
{
    /// <summary>In words.</summary>
    public string Text => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Key} takes turns with {Others:N0} other {(Others == 1 ? "key" : "keys")} and has {Ready:N0} ready{(Before is { } before ? $": {before:N0} {(before == 1 ? "starts" : "start")} before this one" : "")}");
}

/// <param name="Kind">y retry, t a time or a sensor's next poll, d another DAG, s a signal, a people, g the run before.</param>
/// <param name="For">Of d, s and a what is waited for.</param>
public sealed record WaitingRow(InstanceKey Key, string DagId, string TaskId, char Kind, DateTimeOffset? DueAt, string? For);

/// <param name="AtOnce">How many may be active.</param>
/// <param name="Active">How many are.</param>
public sealed record QueuedRuns(string DagId, bool Paused, long? BackfillId, bool BackfillPaused, int Runs, DateTimeOffset OldestAt, int AtOnce, int Active);

/// <param name="Serving">The versions that serve meanwhile, with the time since.</param>
public sealed record ImportErrorRow(ImportError Error, DateTimeOffset At, IReadOnlyList<(string DagId, string Hash, DateTimeOffset Since)> Serving);

public sealed record RunningRow(int WorkerId, InstanceKey Key, string DagId, string TaskId, short Attempt, DateTimeOffset StartedAt);

/// <param name="Overdue">How long the tick that is longest overdue is so; null: none is.</param>
/// <param name="TimerOverdue">The same of retries, waits and deadlines.</param>
/// <param name="LastMade">When a scheduler made the newest run.</param>
/// <param name="Connections">By program: how many, and how many of them do something now.</param>
/// <param name="Listeners">Connections that listen for wake-ups.</param>
/// <param name="Migration">The schema's version.</param>
public sealed record HealthRow(
    string Server, DateTimeOffset ServerSince, long Bytes, int MaxConnections, IReadOnlyList<(string Program, int All, int Active)> Connections, int Listeners, TimeSpan? Overdue,
    TimeSpan? TimerOverdue, DateTimeOffset? LastMade, int Migration, DateTimeOffset MigratedAt, IReadOnlyList<(string Table, long Bytes, long Rows)> Tables);
