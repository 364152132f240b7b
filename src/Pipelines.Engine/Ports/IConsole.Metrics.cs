namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>What a monitoring system asks for every few seconds.</summary>
    /// <param name="after">Events are counted after this number; null: none are.</param>
    /// <param name="upTo">And up to this one.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<MetricsRow> MetricsAsync(long? after, long? upTo, CancellationToken cancellation);
}

/// <param name="LastEvent">The highest number that an event has been given.</param>
/// <param name="Runs">Open runs by DAG and state.</param>
/// <param name="Queues">By queue, how many instances are ready, and for how many seconds the first in line has been.</param>
/// <param name="ScheduleLag">How many seconds the tick that is longest overdue is so; 0: none is.</param>
/// <param name="OldestTransaction">The age of the oldest open transaction of the database, in seconds.</param>
/// <param name="DeadTuples">Rows by table that wait for vacuum, as the server estimates them.</param>
/// <param name="Events">How often an instance became a state, and <c>lost</c> of the attempts that went with their worker, within the numbers asked for.</param>
public sealed record MetricsRow(
    long LastEvent, IReadOnlyList<(string DagId, char State, long Count)> Runs, IReadOnlyList<(string Queue, long Ready, double Oldest)> Queues, IReadOnlyList<WorkerRow> Workers,
    IReadOnlyList<PoolRow> Pools, double ScheduleLag, int ImportErrors, int Backfills, double OldestTransaction, IReadOnlyList<(string Table, long Rows)> DeadTuples,
    IReadOnlyList<(string State, long Count)> Events);
