namespace Pipelines;

/// <summary>Names a DAG and says when it runs.</summary>
/// <param name="id">Unique in the deployment: lower-case letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, at most 100 characters.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class DagAttribute(string id) : Attribute
{
    /// <summary>The DAG's id.</summary>
    public string Id { get; } = id;

    /// <summary>Five cron fields, or six with seconds first, or a macro such as <c>@daily</c>. Null: the schedule is that of Define (<see cref="DagBuilder.Schedule(ScheduleSpec)"/>), or none: it runs only when asked.</summary>
    public string? Cron { get; init; }

    /// <summary>The IANA zone in which the schedule, <see cref="Start"/> and <see cref="End"/> are read.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Where the data begins (ISO date or date-time): no interval starts before it.</summary>
    public string? Start { get; init; }

    /// <summary>Where the data ends, exclusive (ISO date or date-time): no interval ends after it.</summary>
    public string? End { get; init; }

    /// <summary>What happens to ticks missed while the DAG was paused or no scheduler ran.</summary>
    public Catchup Catchup { get; init; } = Catchup.Latest;

    /// <summary>How many scheduled and manual runs may run at once; the next ones stay queued. Backfills bring a limit of their own.</summary>
    public int MaxActiveRuns { get; init; } = 16;

    /// <summary>One or two sentences for the console.</summary>
    public string? Description { get; init; }

    /// <summary>The team or person to ask about it.</summary>
    public string? Owner { get; init; }

    /// <summary>Words by which the console's lists are filtered, such as <c>sales</c> or <c>tier-1</c>.</summary>
    public string[] Tags { get; init; } = [];
}

/// <summary>What happens to missed ticks.</summary>
public enum Catchup
{
    /// <summary>One run, for the latest missed tick.</summary>
    Latest,

    /// <summary>A run for every missed tick since <see cref="DagAttribute.Start"/>, oldest first.</summary>
    All,

    /// <summary>None: missed ticks are left to a backfill.</summary>
    None,
}
