namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>A run with one task instance alone: of a mapped task its own row, or one element; none: it is not there. Null: there is no such run.</summary>
    Task<RunDetail?> InstanceAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation);

    /// <summary>How many elements of a mapped task are in each state.</summary>
    Task<IReadOnlyDictionary<char, int>> ElementStatesAsync(InstanceKey task, CancellationToken cancellation);

    /// <summary>Elements of a mapped task from an index on, without their outputs.</summary>
    /// <param name="task">The task as a whole.</param>
    /// <param name="state">Only those in this state; null: all.</param>
    /// <param name="from">The first index that is wanted.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<InstanceRow>> ElementsAsync(InstanceKey task, char? state, int from, int limit, CancellationToken cancellation);

    /// <summary>The same task instance in the newest of the DAG's 100 runs before this one in which it succeeded; null: in none.</summary>
    Task<GoodRun?> LastGoodAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation);
}

/// <summary>A task instance that succeeded.</summary>
public sealed record GoodRun(InstanceKey Key, short Attempt, DateTimeOffset ScheduledFor);
