using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>A DAG with a tick that is due, at the database's time <see cref="Now"/>.</summary>
public sealed record DueDag(int DagNo, DagSpec Spec, string Schedule, Instant? LastTick, Instant NextDue, Instant Now);

/// <summary>A backfill that has runs to make.</summary>
public sealed record OpenBackfill(
    long Id, int DagNo, DagSpec Spec, LocalDate From, LocalDate To, bool NewestFirst, int MaxActive, Instant? Cursor, int OpenRuns, Instant Now);

/// <summary>A run to be made: the tick it stands for and its data interval.</summary>
public readonly record struct PlannedRun(Instant ScheduledFor, Instant IntervalStart, Instant IntervalEnd);

/// <summary>What the scheduler asks of the store. Every call is idempotent: any number of schedulers may run.</summary>
public interface ISchedulerStore
{
    Task<IReadOnlyList<DueDag>> LoadDueAsync(int limit, CancellationToken cancellation);

    /// <summary>Makes the runs and moves on to the next tick, unless another scheduler has. Returns how many runs were made.</summary>
    Task<int> FireTicksAsync(DueDag due, IReadOnlyList<PlannedRun> runs, Instant? lastTick, Instant? nextDue, CancellationToken cancellation);

    Task<IReadOnlyList<OpenBackfill>> LoadOpenBackfillsAsync(CancellationToken cancellation);

    /// <summary>Makes the next runs of a backfill, unless another scheduler has.</summary>
    Task<int> PaceBackfillAsync(OpenBackfill backfill, IReadOnlyList<PlannedRun> runs, Instant? cursor, bool done, CancellationToken cancellation);

    Task<int> FinishBackfillsAsync(CancellationToken cancellation);

    /// <summary>Starts queued runs where there is place; returns how many.</summary>
    Task<int> StartRunsAsync(int limit, CancellationToken cancellation);

    Task<int> FireTimersAsync(int limit, CancellationToken cancellation);

    /// <summary>Fails runs that have taken longer than their timeout.</summary>
    Task<int> ExpireRunsAsync(int limit, CancellationToken cancellation);

    /// <summary>Tells of runs and tasks that have not ended by their deadline; returns how many.</summary>
    Task<int> FireDeadlinesAsync(int limit, CancellationToken cancellation);

    /// <summary>Queues instances that waited for the DAG's previous run.</summary>
    Task<int> OpenGatesAsync(int limit, CancellationToken cancellation);

    /// <summary>Admits instances to the queue that keep to limits, or puts them into line; returns how many it looked at.</summary>
    Task<int> AdmitAsync(int limit, CancellationToken cancellation);

    Task<int> ReclaimAsync(CancellationToken cancellation);

    Task<int> SweepAsync(CancellationToken cancellation);

    Task MakePartitionsAsync(CancellationToken cancellation);

    /// <summary>The time until the next tick, timer, deadline or run timeout is due, by the database's clock; null: none is known.</summary>
    Task<TimeSpan?> NextDueAsync(CancellationToken cancellation);
}
