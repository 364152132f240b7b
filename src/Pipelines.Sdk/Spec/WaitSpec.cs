using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>What a task without a body waits for, without a slot. Members that its kind does not use have their defaults.</summary>
public sealed record WaitSpec
{
    /// <summary>The queue of tasks without a body: the scheduler serves it, and no worker can.</summary>
    public const string Queue = "~wait";

    /// <summary>What ends the wait.</summary>
    public required WaitKind Kind { get; init; }

    /// <summary>Of a delay its length; else what is added to the run's tick: the end of its interval, or where it has none the moment it is scheduled for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan Offset { get; init; }

    /// <summary>Of a moment, the time of day that <see cref="TimeZone"/>'s clocks show, at or after the tick with its offset; null: the tick with its offset itself.</summary>
    public TimeOnly? Time { get; init; }

    /// <summary>The DAG's zone, where <see cref="Time"/> needs it.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The other DAG.</summary>
    public string? Dag { get; init; }

    /// <summary>The task of the other DAG; null: its whole run.</summary>
    public string? Task { get; init; }

    /// <summary>Which runs of the other DAG.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RunsOf Runs { get; init; }

    /// <summary>Fails as soon as the other run has failed; else it waits for it to be mended.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FailIfFailed { get; init; }

    /// <summary>The longest wait; null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Ends skipped, and not failed, when the timeout is over.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SoftFail { get; init; }

    /// <summary>Of a started run, the task whose output is its arguments, written as in <see cref="TaskSpec.Inputs"/>; null: none.</summary>
    public string? Arguments { get; init; }

    /// <summary>Of a started run, ends when it has been made and does not wait for its end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Detached { get; init; }

    /// <summary>Of a started run, the task whose output is this one's; null: the run's number is.</summary>
    public string? Result { get; init; }

    /// <summary>Of a started run, what becomes of it when this task or its run ends before it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ParentClosePolicy ParentClose { get; init; }

    /// <summary>The name of the signal.</summary>
    public string? Signal { get; init; }

    /// <summary>JSON Schema of what the signal carries.</summary>
    public JsonNode? Schema { get; init; }

    /// <summary>What people are asked.</summary>
    public ApprovalSpec? Approval { get; init; }
}

/// <summary>What ends a wait.</summary>
public enum WaitKind
{
    /// <summary>A time has passed since the task could run.</summary>
    Delay,

    /// <summary>A moment relative to the run's tick has come.</summary>
    Moment,

    /// <summary>Runs of another DAG have ended.</summary>
    Dag,

    /// <summary>A run of another DAG, which it starts itself, has ended.</summary>
    Run,

    /// <summary>The run was sent a signal.</summary>
    Signal,

    /// <summary>People have decided.</summary>
    Approval,
}

/// <summary>Which runs of another DAG a task waits for. Runs started by hand do not count.</summary>
public enum RunsOf
{
    /// <summary>The one with the same tick, with an offset if that is given.</summary>
    SameTick,

    /// <summary>Those that together cover this run's data interval: for a daily run the 24 of an hourly DAG, for an hourly one the day's.</summary>
    Interval,
}
