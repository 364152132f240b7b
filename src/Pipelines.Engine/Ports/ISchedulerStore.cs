using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>A DAG with something due, at the database's time <see cref="Now"/>.</summary>
/// <param name="DagNo">Its number.</param>
/// <param name="Spec">The version whose schedule is in force.</param>
/// <param name="Schedule">What makes it that schedule and no other; null: manual runs only.</param>
/// <param name="LastTick">Everything up to and including this is decided; null: nothing yet.</param>
/// <param name="NextDue">When it became due.</param>
/// <param name="Now">The database's time.</param>
public sealed record DueDag(int DagNo, DagSpec Spec, string? Schedule, Instant? LastTick, Instant NextDue, Instant Now)
{
    /// <summary>The version of <see cref="Spec"/>.</summary>
    public int VersionId { get; init; }

    /// <summary>Since when its schedule is in force.</summary>
    public Instant Since { get; init; }

    /// <summary>The schedules that were in force before and have moments that are not decided, oldest first.</summary>
    public IReadOnlyList<PastSchedule> Past { get; init; } = [];

    /// <summary>A scheduled run of it is queued or running. Known of continuous DAGs only.</summary>
    public bool Open { get; init; }
}

/// <summary>A schedule that was in force from <paramref name="Since"/> until <paramref name="Until"/>: that of a version.</summary>
public sealed record PastSchedule(int VersionId, DagSpec Spec, Instant Since, Instant Until);

/// <summary>A backfill that has runs to make.</summary>
public sealed record OpenBackfill(
    long Id, int DagNo, DagSpec Spec, LocalDate From, LocalDate To, bool NewestFirst, int MaxActive, Instant? Cursor, int OpenRuns, Instant Now)
{
    /// <summary>The version of <see cref="Spec"/>, the DAG's current one.</summary>
    public int VersionId { get; init; }
}

/// <summary>What is made for a DAG that is due.</summary>
/// <param name="Due">What it was decided from: if that has changed, nothing happens.</param>
/// <param name="Runs">The runs, oldest first.</param>
/// <param name="LastTick">Everything up to and including this is decided then; null: as before.</param>
/// <param name="NextDue">When to look again; null: nothing is to come.</param>
public sealed record TickPlan(DueDag Due, IReadOnlyList<PlannedRun> Runs, Instant? LastTick, Instant? NextDue);

/// <summary>A run to be made: the tick it stands for and its data interval, if it has one.</summary>
public readonly record struct PlannedRun(Instant ScheduledFor, Instant? IntervalStart, Instant? IntervalEnd);

/// <summary>A task without a body that can run.</summary>
/// <param name="Key">The instance.</param>
/// <param name="Wait">What it waits for.</param>
/// <param name="QueuedAt">Since when it could run.</param>
/// <param name="ScheduledFor">Its run's.</param>
/// <param name="Interval">Its run's.</param>
/// <param name="Arguments">Of one that starts a run, JSON of the run's arguments as they are stored.</param>
/// <param name="Refused">Why that run cannot be started.</param>
public sealed record ReadyWait(
    InstanceKey Key, WaitSpec Wait, DateTimeOffset QueuedAt, DateTimeOffset ScheduledFor, Interval? Interval, string? Arguments = null, string? Refused = null)
{
    /// <summary>Of an approval, JSON of the output that people are shown.</summary>
    public string? Evidence { get; init; }
}

/// <summary>A wait as it begins: with a due time, with a DAG, or with an error.</summary>
public sealed record BegunWait(InstanceKey Key)
{
    /// <summary>When it is over; null: when another DAG's runs have ended.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>It fails at once, with this reason.</summary>
    public string? Error { get; init; }

    /// <summary>The other DAG.</summary>
    public string? Dag { get; init; }

    /// <summary>The other DAG's task; null: its run.</summary>
    public string? Task { get; init; }

    /// <summary>The tick that is waited for, or with <see cref="To"/> the interval that is to be covered.</summary>
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>From when it begins.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool FailIfFailed { get; init; }

    public bool SoftFail { get; init; }

    /// <summary>Starts a run of the other DAG and waits for its end.</summary>
    public bool Starts { get; init; }

    /// <summary>Does not wait for the end of the run that it starts.</summary>
    public bool Detached { get; init; }

    /// <summary>The run is cancelled when the task or its run ends before it.</summary>
    public bool Closes { get; init; }

    /// <summary>JSON of that run's arguments.</summary>
    public string? Arguments { get; init; }

    /// <summary>The signal that is waited for.</summary>
    public string? Signal { get; init; }

    /// <summary>What people are asked.</summary>
    public ApprovalSpec? Approval { get; init; }

    /// <summary>JSON of what they are shown; null: nothing.</summary>
    public string? Evidence { get; init; }
}

/// <param name="Repaired">How many rows it has mended.</param>
/// <param name="More">There are open runs that it has not come to yet.</param>
public readonly record struct SweepTurn(int Repaired, bool More);

/// <summary>What the scheduler asks of the store. Every call is idempotent: any number of schedulers may run.</summary>
public interface ISchedulerStore
{
    Task<IReadOnlyList<DueDag>> LoadDueAsync(int limit, CancellationToken cancellation);

    /// <summary>Makes the runs and moves on to the next tick, unless another scheduler has. Returns how many runs were made.</summary>
    Task<int> FireTicksAsync(IReadOnlyList<TickPlan> plans, CancellationToken cancellation);

    /// <summary>Makes continuous DAGs due whose run has ended.</summary>
    Task<int> FollowRunsAsync(CancellationToken cancellation);

    /// <summary>Pauses DAGs of which as many scheduled runs in a row failed as they say; returns how many.</summary>
    Task<int> AutoPauseAsync(CancellationToken cancellation);

    /// <summary>Writes an event of the DAG.</summary>
    Task TellAsync(int dagNo, string why, CancellationToken cancellation);

    Task<IReadOnlyList<OpenBackfill>> LoadOpenBackfillsAsync(CancellationToken cancellation);

    /// <summary>Makes the next runs of a backfill, unless another scheduler has.</summary>
    Task<int> PaceBackfillAsync(OpenBackfill backfill, IReadOnlyList<PlannedRun> runs, Instant? cursor, bool done, CancellationToken cancellation);

    Task<int> FinishBackfillsAsync(CancellationToken cancellation);

    /// <summary>Makes the runs of DAGs whose assets have been updated; returns how many.</summary>
    Task<int> StartAssetRunsAsync(CancellationToken cancellation);

    /// <summary>Starts queued runs where there is place; returns how many.</summary>
    Task<int> StartRunsAsync(int limit, CancellationToken cancellation);

    Task<int> FireTimersAsync(int limit, CancellationToken cancellation);

    /// <summary>Fails runs that have taken longer than their timeout.</summary>
    Task<int> ExpireRunsAsync(int limit, CancellationToken cancellation);

    /// <summary>Fails instances that no worker has taken within their queue timeout; returns how many.</summary>
    Task<int> ExpireQueuedAsync(int limit, CancellationToken cancellation);

    /// <summary>Tells of runs and tasks that have not ended by their deadline; returns how many.</summary>
    Task<int> FireDeadlinesAsync(int limit, CancellationToken cancellation);

    /// <summary>Queues instances that waited for the DAG's previous run.</summary>
    Task<int> OpenGatesAsync(int limit, CancellationToken cancellation);

    /// <summary>Tasks without a body that can run, in the order of the queue.</summary>
    Task<IReadOnlyList<ReadyWait>> LoadReadyWaitsAsync(int limit, CancellationToken cancellation);

    /// <summary>Lets them wait, without a slot; returns how many did, for another scheduler may have been first.</summary>
    Task<int> BeginWaitsAsync(IReadOnlyList<BegunWait> waits, CancellationToken cancellation);

    /// <summary>Ends waits for runs of other DAGs that have come to what is waited for.</summary>
    /// <param name="limit">So many ended runs are looked at.</param>
    /// <param name="all">Looks at every wait: the safety net.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    Task<int> OpenWaitsAsync(int limit, bool all, CancellationToken cancellation);

    /// <summary>Cancels runs that are not to outlive what has started them; returns how many.</summary>
    Task<int> StopChildrenAsync(int limit, CancellationToken cancellation);

    /// <summary>Admits instances to the queue that keep to limits, or puts them into line; returns how many it looked at.</summary>
    Task<int> AdmitAsync(int limit, CancellationToken cancellation);

    /// <summary>
    /// Moves open runs to the current version of their DAG, where its policy says so, each in a transaction of its own: whatever stops it, those that were not come to are found again. Returns how
    /// many it looked at.
    /// </summary>
    Task<int> AdoptRunsAsync(int limit, CancellationToken cancellation);

    Task<int> ReclaimAsync(CancellationToken cancellation);

    /// <summary>Looks under the next open runs for rows that do not fit together, and mends them. They are locked meanwhile.</summary>
    Task<SweepTurn> SweepAsync(int limit, CancellationToken cancellation);

    /// <summary>Makes the partitions of the months to come, and takes away sessions and names of requests that have no use any more.</summary>
    Task TidyAsync(CancellationToken cancellation);

    /// <summary>The time until the next tick, timer, deadline or run timeout is due, by the database's clock; null: none is known.</summary>
    Task<TimeSpan?> NextDueAsync(CancellationToken cancellation);
}
