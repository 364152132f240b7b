namespace Pipelines.Engine.Ports;

/// <summary>Which task instances are to run again.</summary>
/// <param name="RunId">The run.</param>
/// <param name="TaskId">The task; null: those of <paramref name="Group"/>.</param>
public sealed record ClearRequest(long RunId, string? TaskId)
{
    /// <summary>All tasks of this group, whose ids begin with its name.</summary>
    public string? Group { get; init; }

    /// <summary>One element of the task, from 0; -1: all of it.</summary>
    public int MapIndex { get; init; } = -1;

    /// <summary>Also all that is below.</summary>
    public bool Downstream { get; init; } = true;

    /// <summary>Also all that is above.</summary>
    public bool Upstream { get; init; }

    /// <summary>Of all these only what failed, was kept from running by a failure, or was cancelled.</summary>
    public bool OnlyFailed { get; init; }

    /// <summary>Also in the DAG's runs that are scheduled for an earlier time.</summary>
    public bool Past { get; init; }

    /// <summary>Also in the DAG's runs that are scheduled for a later time.</summary>
    public bool Future { get; init; }

    /// <summary>The named tasks keep their steps, cursors and moments, but for those below another named one: what these are given changes.</summary>
    public bool ReuseSteps { get; init; }

    /// <summary>Steps that were completed before the one of this name are kept, this one and later ones are done again; null: it keeps all, if <see cref="ReuseSteps"/>.</summary>
    public string? FromStep { get; init; }

    /// <summary>Only says what would be cleared.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What was cleared in one run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ScheduledFor">What it stands for.</param>
/// <param name="Instances">What was named, in the order of the graph: a task with all its elements, or single elements.</param>
/// <param name="Cleared">How many task instances that was, elements counted.</param>
/// <param name="Refused">Why nothing was cleared; null: it was.</param>
public sealed record ClearedRun(long RunId, DateTimeOffset ScheduledFor, IReadOnlyList<ClearedInstance> Instances, int Cleared, string? Refused = null)
{
    /// <summary>The steps that are kept, in the order of the graph.</summary>
    public IReadOnlyList<KeptSteps> Kept { get; init; } = [];
}

/// <summary>What an instance keeps that runs again.</summary>
/// <param name="TaskId">Its task.</param>
/// <param name="MapIndex">The element; -1: it is not mapped.</param>
/// <param name="Steps">The names of its steps.</param>
/// <param name="Cursor">Whether it keeps its cursor.</param>
public sealed record KeptSteps(string TaskId, int MapIndex, IReadOnlyList<string> Steps, bool Cursor);

/// <param name="State">Before it was cleared; 'n' for one that is not there yet.</param>
public sealed record ClearedInstance(string TaskId, int MapIndex, char State);
