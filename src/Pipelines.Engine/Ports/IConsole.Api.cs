namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>The page of a run's task instances after a place, by task number and element; of an unknown run none.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="taskId">Only those of this task; null: all.</param>
    /// <param name="after">The last of the page before; null: from the first.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<InstanceRow>> InstancesAfterAsync(long runId, string? taskId, InstanceKey? after, int limit, CancellationToken cancellation);

    /// <summary>The page of events before an event, newest first: those of a run, or those of a DAG itself.</summary>
    /// <param name="dagId">The DAG whose own events; null: those of the run.</param>
    /// <param name="runId">The run; null: those of the DAG.</param>
    /// <param name="before">The last of the page before; null: from the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<NumberedEvent>> EventsBeforeAsync(string? dagId, long? runId, EventPlace? before, int limit, CancellationToken cancellation);

    /// <summary>The page of backfills before one, newest first.</summary>
    Task<IReadOnlyList<BackfillRow>> BackfillsBeforeAsync(string? dagId, long? before, int limit, CancellationToken cancellation);

    /// <summary>The page of notifications before one, newest first.</summary>
    Task<IReadOnlyList<NotificationRow>> NotificationsBeforeAsync(long? runId, bool failed, long? before, int limit, CancellationToken cancellation);

    /// <summary>How far the numbers of events have got, and who may still commit one up to there.</summary>
    Task<EventMark> EventMarkAsync(CancellationToken cancellation);

    /// <summary>The events with a number over <paramref name="after"/> up to <paramref name="upTo"/>, in their order.</summary>
    Task<IReadOnlyList<NumberedEvent>> EventsBetweenAsync(long after, long upTo, string? dagId, long? runId, CancellationToken cancellation);
}

/// <summary>Where an event stands among others.</summary>
public readonly record struct EventPlace(DateTimeOffset At, long EventId);

/// <summary>An event with what it is about.</summary>
/// <param name="Id">Its number. Numbers are given before a transaction commits: a lower one can become visible after a higher one.</param>
/// <param name="DagId">The DAG; null: an event of something else, such as a pool.</param>
/// <param name="RunId">The run; null: an event of the DAG itself.</param>
/// <param name="Event">What happened.</param>
public sealed record NumberedEvent(long Id, string? DagId, long? RunId, EventRow Event);

/// <param name="Last">The highest number that has been given.</param>
/// <param name="Writers">The transactions that were open then and write events: whatever number up to <paramref name="Last"/> is not visible when they have ended is none.</param>
public sealed record EventMark(long Last, IReadOnlyList<string> Writers);
