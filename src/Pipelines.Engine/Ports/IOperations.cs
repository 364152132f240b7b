using NodaTime;

namespace Pipelines.Engine.Ports;

/// <summary>Who acts, as events say it.</summary>
/// <param name="Name">Such as cli:ann.</param>
/// <param name="Why">Their reason, for those who read the history; null: none was given.</param>
public sealed record Actor(string Name, string? Why = null)
{
    public static implicit operator Actor(string name) => new(name);
}

/// <summary>What people do, each with who did it and why. Unknown names and refused requests throw <see cref="RefusedException"/>.</summary>
public interface IOperations
{
    Task PauseAsync(string dagId, Actor by, CancellationToken cancellation);

    Task ResumeAsync(string dagId, Actor by, CancellationToken cancellation);

    /// <summary>Makes a manual run; it starts when the DAG has a place free.</summary>
    Task<long> StartRunAsync(string dagId, Interval? interval, string? arguments, Actor by, CancellationToken cancellation);

    /// <summary>Returns the run's state after: c when it has ended at once, r while running attempts are told to stop.</summary>
    Task<char> CancelRunAsync(long runId, Actor by, CancellationToken cancellation);

    /// <summary>
    /// Makes instances run again, with all that belongs to them, in one run or in many: a transaction a run. Attempts that run are fenced. The first of the answer is the
    /// run that was named; others that cannot be cleared now say why and are left alone.
    /// </summary>
    Task<IReadOnlyList<ClearedRun>> ClearTasksAsync(ClearRequest request, Actor by, CancellationToken cancellation);

    /// <summary>Makes a whole run run again: an ended one goes back to the queue, in a running one every task is cleared. Returns its state.</summary>
    Task<char> ClearRunAsync(long runId, Actor by, CancellationToken cancellation);

    /// <summary>Ends instances by hand as s, f or k; what is below and had failed is decided anew. Returns how many were marked; what is so already is not.</summary>
    Task<int> MarkTasksAsync(long runId, IReadOnlyList<InstanceKey> instances, char state, Actor by, CancellationToken cancellation);

    /// <summary>Ends a run by hand as s or f. Returns its state: r while teardowns or callbacks are to come.</summary>
    Task<char> MarkRunAsync(long runId, char state, Actor by, CancellationToken cancellation);

    Task<long> CreateBackfillAsync(NewBackfill backfill, Actor by, CancellationToken cancellation);

    Task PauseBackfillAsync(long id, Actor by, CancellationToken cancellation);

    Task ResumeBackfillAsync(long id, Actor by, CancellationToken cancellation);

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
public sealed record NewBackfill(string DagId, LocalDate From, LocalDate To, string Existing, bool NewestFirst, int MaxActive, int Total);

/// <summary>A request that cannot be carried out; the message says what, and what exists or how to fix it.</summary>
public sealed class RefusedException(string message) : Exception(message);
