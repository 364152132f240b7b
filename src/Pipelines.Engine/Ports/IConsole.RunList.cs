namespace Pipelines.Engine.Ports;

public partial interface IConsole
{
    /// <summary>A page of runs: a DAG's by the time they are scheduled for, all DAGs' by when they were made; the newest first.</summary>
    Task<RunList> RunListAsync(RunFilter filter, int limit, CancellationToken cancellation);

    /// <summary>What became of a DAG itself, not of its runs; the newest first.</summary>
    Task<IReadOnlyList<EventRow>> DagEventsAsync(string dagId, DateTimeOffset? before, int limit, CancellationToken cancellation);

    /// <summary>The days of a range that have runs, by the start of their data, in a zone.</summary>
    Task<IReadOnlyList<CalendarDay>> CalendarAsync(string dagId, string zone, DateOnly from, DateOnly to, CancellationToken cancellation);

    /// <summary>How long the newest runs of a DAG took, oldest first.</summary>
    Task<IReadOnlyList<RunLength>> RunLengthsAsync(string dagId, int runs, CancellationToken cancellation);

    /// <summary>Tasks of current versions whose id holds a text.</summary>
    Task<IReadOnlyList<(string DagId, string TaskId)>> FindTasksAsync(string text, int limit, CancellationToken cancellation);
}

/// <summary>Which runs a list shows.</summary>
public sealed record RunFilter
{
    /// <summary>So many runs are looked through for a page.</summary>
    public const int Searched = 20_000;

    public string? DagId { get; init; }

    public char? State { get; init; }

    public char? Kind { get; init; }

    public long? BackfillId { get; init; }

    /// <summary>Scheduled for this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Scheduled for an earlier time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only what comes after this run in the order of the list.</summary>
    public RunPlace? Before { get; init; }
}

/// <summary>A place in a list of runs.</summary>
public sealed record RunPlace(DateTimeOffset ScheduledFor, long RunId);

/// <param name="Older">Where the next page begins; null: this is the last.</param>
public sealed record RunList(IReadOnlyList<RunSummary> Runs, RunPlace? Older);

/// <param name="Seconds">The mean of those that succeeded; null: none has.</param>
/// <param name="Wait">The mean from being made to the start; null: none has started.</param>
/// <param name="RunId">The newest run of the day.</param>
public sealed record CalendarDay(DateOnly Day, int Runs, int Succeeded, int Failed, int Open, double? Seconds, double? Wait, long RunId);

public sealed record RunLength(long RunId, DateTimeOffset ScheduledFor, char State, double? Seconds, int VersionId);
