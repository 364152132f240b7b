namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>An open backfill of the DAG whose days overlap; null: there is none.</summary>
    Task<OverlappingBackfill?> OverlappingAsync(string dagId, DateOnly from, DateOnly to, CancellationToken cancellation);

    /// <summary>The newest backfills, of one DAG and in one state if said.</summary>
    Task<IReadOnlyList<BackfillRow>> BackfillsInStateAsync(string? dagId, char? state, int limit, CancellationToken cancellation);

    /// <summary>Runs of a backfill, each with how far it is: what is going on first, then what failed, then the newest dates.</summary>
    Task<IReadOnlyList<BackfillRun>> BackfillRunsAsync(long id, char? state, int limit, CancellationToken cancellation);

    /// <summary>The state of every date that has a run, oldest first and at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<BackfillDate>> BackfillDatesAsync(long id, int limit, CancellationToken cancellation);

    /// <summary>What people and the scheduler did with a backfill, newest first.</summary>
    Task<IReadOnlyList<EventRow>> BackfillEventsAsync(long id, int limit, CancellationToken cancellation);
}

/// <summary>How long runs take, in seconds.</summary>
/// <param name="Quick">A quarter of them took no longer.</param>
/// <param name="Median">Half of them took no longer.</param>
/// <param name="Slow">Nine tenths of them took no longer.</param>
/// <param name="Runs">How many it is known from.</param>
public sealed record RunTimes(double Quick, double Median, double Slow, int Runs);

/// <summary>Another backfill in the way.</summary>
public sealed record OverlappingBackfill(long Id, DateOnly From, DateOnly To);

/// <param name="State">As of a run; y: what it still has to do waits for a retry.</param>
/// <param name="Again">It had a run before the backfill, which is run again.</param>
/// <param name="Ended">Tasks that have ended, of <paramref name="Tasks"/>.</param>
public sealed record BackfillRun(
    long RunId, DateTimeOffset ScheduledFor, DateTimeOffset? IntervalStart, char State, bool Again, int Ended, int Tasks, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

public sealed record BackfillDate(long RunId, DateTimeOffset IntervalStart, char State);
