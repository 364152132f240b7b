namespace Pipelines;

/// <summary>A schedule as plain data; made by <see cref="Schedule"/>.</summary>
public sealed record ScheduleSpec
{
    /// <summary>Which kind it is; the other members belong to one or two kinds each.</summary>
    public ScheduleKind Kind { get; init; }

    /// <summary>Of Cron: the expressions.</summary>
    public IReadOnlyList<string>? Crons { get; init; }

    /// <summary>Of Every: from tick to tick. Of Continuous: the least time from the end of a run to the next.</summary>
    public TimeSpan? Span { get; init; }

    /// <summary>Of At: the instants. Of Once: when. Of Every: the anchor. As the author wrote them.</summary>
    public IReadOnlyList<string>? Moments { get; init; }

    /// <summary>Of Custom: the full name of the class.</summary>
    public string? Type { get; init; }
}

/// <summary>The kinds of schedule.</summary>
public enum ScheduleKind
{
    /// <summary>Cron expressions, as one.</summary>
    Cron,

    /// <summary>A span of absolute time.</summary>
    Every,

    /// <summary>A list of moments.</summary>
    At,

    /// <summary>A class that implements <see cref="ISchedule"/>.</summary>
    Custom,

    /// <summary>One run ever.</summary>
    Once,

    /// <summary>The next run when the one before has ended.</summary>
    Continuous,
}
