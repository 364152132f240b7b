namespace Pipelines;

/// <summary>What somebody is told. Its texts may hold anything that an error's message held: escape them as the channel demands.</summary>
public sealed record Notification
{
    /// <summary>The same at every try of this notification.</summary>
    public required long Id { get; init; }

    /// <summary>The channel it goes to.</summary>
    public required string Channel { get; init; }

    /// <summary>What happened: failed, succeeded, cancelled, retry or deadline.</summary>
    public required string What { get; init; }

    /// <summary>The DAG's id.</summary>
    public required string DagId { get; init; }

    /// <summary>The run's number.</summary>
    public required long RunId { get; init; }

    /// <summary>The task's id; null: it is about the run.</summary>
    public string? TaskId { get; init; }

    /// <summary>The task's attempt; null: it is about the run, or there was none.</summary>
    public int? Attempt { get; init; }

    /// <summary>The tick the run stands for (UTC).</summary>
    public required DateTimeOffset ScheduledFor { get; init; }

    /// <summary>When it happened (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The reason, one line; null: none is known.</summary>
    public string? Why { get; init; }

    /// <summary>Who did it; null: nobody did.</summary>
    public string? Actor { get; init; }

    /// <summary>Of a failed run what failed in it, the earliest first, at most 20.</summary>
    public IReadOnlyList<TaskFailure> Failures { get; init; } = [];

    /// <summary>The run's page in the console; null: the operator gave no public address (<c>PIPELINES_PUBLIC_URL</c>).</summary>
    public Uri? Url { get; init; }

    /// <summary>One line without control characters, at most 150 characters: "orders_daily failed: load".</summary>
    public required string Subject { get; init; }

    /// <summary>Plain text of several lines.</summary>
    public required string Body { get; init; }
}
