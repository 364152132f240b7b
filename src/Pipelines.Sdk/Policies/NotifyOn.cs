namespace Pipelines;

/// <summary>What a channel is told of. Combine them: <c>NotifyOn.Failure | NotifyOn.Retry</c>.</summary>
[Flags]
public enum NotifyOn
{
    /// <summary>It has failed for good, its retries spent; of a run: it ended failed.</summary>
    Failure = 1,

    /// <summary>It has succeeded.</summary>
    Success = 2,

    /// <summary>An attempt of a task failed, or was lost with its worker, and there will be another. Said on a DAG: of any of its tasks.</summary>
    Retry = 4,

    /// <summary>It was cancelled.</summary>
    Cancellation = 8,
}

/// <summary>What a deadline counts from. All three are moments of the run, for a task's deadline too.</summary>
public enum DeadlineFrom
{
    /// <summary>The tick the run stands for. Runs for a time that is past already, of a backfill for example, have no such deadline.</summary>
    ScheduledFor,

    /// <summary>When the run was made, though it may wait for a place or its DAG be paused.</summary>
    Queued,

    /// <summary>When the run's first tasks could run.</summary>
    Started,
}
