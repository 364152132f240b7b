namespace Pipelines.Engine.Ports;

/// <summary>Names a task instance; <see cref="MapIndex"/> is -1 unless it serves an element of a mapped task.</summary>
public readonly record struct InstanceKey(long RunId, int TaskNo, int MapIndex);

/// <summary>An attempt that this worker must run: it is in state running already.</summary>
public sealed record Assignment(
    InstanceKey Key, short Attempt, short Tries, DateTimeOffset FirstStartedAt, DateTimeOffset StartedAt,
    int VersionId, int Epoch, DateTimeOffset ScheduledFor, Interval? Interval, string? Arguments)
{
    /// <summary>A teardown: stopping its run does not stop it.</summary>
    public bool Shielded { get; init; }

    /// <summary>Its run was stopped while it was being handed out: it is told so by nothing else.</summary>
    public bool Stopping { get; init; }
}

/// <summary>How an attempt ended, in the words of the SQL function advance.</summary>
/// <param name="Key">The instance.</param>
/// <param name="Attempt">The fence: a report of another attempt than the current one changes nothing.</param>
/// <param name="Outcome">s, f, k, c, y (again after <paramref name="DelaySeconds"/>), p (the same, its try not spent), w (a sensor, to be polled again; its try not spent), z (its body waits; its try not spent) or q (given back untried).</param>
/// <param name="Output">UTF-8 JSON of the return value; null: none.</param>
/// <param name="DelaySeconds">For y, p and w.</param>
/// <param name="Why">One line for people.</param>
/// <param name="Detail">JSON: the error's type, message and stack.</param>
public sealed record Report(
    InstanceKey Key, short Attempt, char Outcome, byte[]? Output = null, double DelaySeconds = 0, string? Why = null, string? Detail = null)
{
    /// <summary>The outcome of an attempt that could not begin or go on, for this machine's or the store's sake: again after a delay, its try not spent.</summary>
    public const char Untried = 'p';

    /// <summary>The outcome of an attempt whose body waits: again after a delay, or with the signal or the end of the run that the detail names, its try not spent.</summary>
    public const char Parked = 'z';

    /// <summary>The delay of one that waits for a signal alone.</summary>
    public const double NoDelay = -1;

    /// <summary>Whether a body on this worker may soon take the output; the store does not look at it.</summary>
    public bool Keep { get; init; }

    /// <summary>The output as it is stored, encoded; null: as it is.</summary>
    public byte[]? Encoded { get; init; }

    /// <summary>The run's epoch: under it the worker keeps the output once it is accepted. The store does not look at it.</summary>
    public int Epoch { get; init; }
}

/// <summary>What advance gave back.</summary>
public sealed record AdvanceReply(IReadOnlyList<Assignment> Assignments, IReadOnlyList<InstanceKey> Fenced);

/// <summary>Whether the lease was renewed, and which of the worker's runs are being cancelled.</summary>
public sealed record HeartbeatReply(bool Alive, IReadOnlyList<long> CancelledRuns)
{
    /// <summary>Somebody asked the worker to take no more work; what it runs goes on.</summary>
    public bool Draining { get; init; }
}

/// <summary>The output of an upstream as a body's argument needs it.</summary>
/// <param name="Key">The upstream as it was asked for: as a whole (MapIndex -1), or one of its elements.</param>
/// <param name="Json">UTF-8 JSON; of a mapped task as a whole the array of its succeeded instances' outputs in the order of elements; null: it has none.</param>
public sealed record StoredOutput(InstanceKey Key, byte[]? Json);

/// <summary>An instance that has failed for good.</summary>
public sealed record StoredFailure(InstanceKey Key, short Attempt, string Error);

/// <summary>What a worker asks of the store.</summary>
public interface IWorkerStore : IStepStore, ISignalStore, IChildStore, ITransactionStore, ILockStore, IValueStore
{
    /// <param name="name">Host and process.</param>
    /// <param name="queues">That it serves.</param>
    /// <param name="slots">Attempts at once.</param>
    /// <param name="lease">For so long it is believed to be there.</param>
    /// <param name="continues">The number that this process had until it could not renew its lease; null: it has just begun.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its number.</returns>
    Task<int> RegisterAsync(string name, IReadOnlyList<string> queues, int slots, TimeSpan lease, int? continues, CancellationToken cancellation);

    Task<HeartbeatReply> HeartbeatAsync(int workerId, TimeSpan lease, int busy, int stuck, IReadOnlyCollection<long> runs, CancellationToken cancellation);

    /// <exception cref="LeaseLostException">The worker was reclaimed: nothing was changed, nothing may be.</exception>
    Task<AdvanceReply> AdvanceAsync(int workerId, IReadOnlyList<string> queues, IReadOnlyList<Report> reports, int want, CancellationToken cancellation);

    Task<IReadOnlyList<StoredOutput>> LoadOutputsAsync(IReadOnlyCollection<InstanceKey> upstreams, CancellationToken cancellation);

    /// <summary>The arguments of other DAGs that the engine groups their work by, all together: they stay plain.</summary>
    Task<IReadOnlyList<string>> LoadKeyArgumentsAsync(IReadOnlyList<string> dagIds, CancellationToken cancellation);

    /// <summary>What has failed for good in a run, the first first and at most 100, callbacks aside; a mapped task only where none of its elements tells more.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="taskNo">Only this task with its elements; null: all.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<IReadOnlyList<StoredFailure>> LoadFailuresAsync(long runId, int? taskNo, CancellationToken cancellation);

    /// <summary>The updates of assets that started a run, the oldest first and at most the 1,000 newest; none of any other run.</summary>
    Task<IReadOnlyList<AssetUpdate>> LoadUpdatesAsync(long runId, CancellationToken cancellation);

    /// <summary>What the worker runs by the store's word: after a broken call it may have been given work that it never heard of.</summary>
    Task<AdvanceReply> LoadMineAsync(int workerId, CancellationToken cancellation);

    /// <summary>Says goodbye: what the worker still runs is taken back at once.</summary>
    Task LeaveAsync(int workerId, CancellationToken cancellation);

    /// <summary>Stores an artefact of a running attempt; false when the attempt is no longer this worker's.</summary>
    Task<bool> SaveArtefactAsync(
        int workerId, InstanceKey key, short attempt, string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation);
}

/// <summary>The worker missed its lease and was reclaimed.</summary>
public sealed class LeaseLostException : Exception
{
    public LeaseLostException()
        : base("The worker's lease ended and its work was taken back.")
    {
    }
}

/// <summary>The store does not take a value that a body returned; nothing of the call has happened.</summary>
public sealed class DataRefusedException(string message, Exception? inner) : Exception(message, inner);

/// <summary>PostgreSQL cannot be reached or cannot serve now; the same call may succeed later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner) : Exception(message, inner);
