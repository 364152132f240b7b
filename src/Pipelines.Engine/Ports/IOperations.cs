using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>What people do, each with who did it. Unknown names and refused requests throw <see cref="RefusedException"/>.</summary>
public interface IOperations
{
    Task PauseAsync(string dagId, string by, CancellationToken cancellation);

    Task ResumeAsync(string dagId, string by, CancellationToken cancellation);

    /// <summary>Makes a manual run; it starts when the DAG has a place free.</summary>
    Task<long> StartRunAsync(string dagId, Interval? interval, string? arguments, string by, CancellationToken cancellation);

    /// <summary>Returns the run's state after: c when it has ended at once, r while running attempts are told to stop.</summary>
    Task<char> CancelRunAsync(long runId, string by, CancellationToken cancellation);

    /// <summary>Makes instances of a run run again; those that run are fenced. Map index -1 stands for a task with all its elements. Returns how many were cleared.</summary>
    Task<int> ClearTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, string by, CancellationToken cancellation);

    Task<long> CreateBackfillAsync(NewBackfill backfill, string by, CancellationToken cancellation);

    Task PauseBackfillAsync(long id, string by, CancellationToken cancellation);

    Task ResumeBackfillAsync(long id, string by, CancellationToken cancellation);

    Task CancelBackfillAsync(long id, bool stopRunning, string by, CancellationToken cancellation);

    /// <summary>Sends a notification again that was not delivered.</summary>
    Task RetryNotificationAsync(long id, string by, CancellationToken cancellation);

    Task SetPoolAsync(string name, int slots, string by, CancellationToken cancellation);
}

/// <summary>A backfill to be made.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="From">First local day, by interval start.</param>
/// <param name="To">Last local day, inclusive.</param>
/// <param name="Existing">missing, failed or all.</param>
/// <param name="NewestFirst">The order in which runs are made.</param>
/// <param name="MaxActive">Runs at once.</param>
/// <param name="Total">How many runs the preview found to make or run again.</param>
public sealed record NewBackfill(string DagId, LocalDate From, LocalDate To, string Existing, bool NewestFirst, int MaxActive, int Total);

/// <summary>A request that cannot be carried out; the message says what, and what exists or how to fix it.</summary>
public sealed class RefusedException(string message) : Exception(message);
