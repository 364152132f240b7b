namespace Pipelines;

/// <summary>A handle on a task, for edges that carry no data.</summary>
public interface IOutput
{
    /// <summary>The id of the task that this handle stands for.</summary>
    string TaskId { get; }
}

/// <summary>A handle on a task and on the value it will return. Passing it to another task is the edge.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public interface IOutput<out T> : IOutput;

/// <summary>The output of a task that returns nothing.</summary>
public readonly record struct None;

/// <summary>The period of data a run stands for, <c>[Start, End)</c>.</summary>
/// <param name="Start">Inclusive.</param>
/// <param name="End">Exclusive; for a scheduled run the tick itself.</param>
public readonly record struct Interval(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>How long the period is; a local day with a clock change is 23 or 25 hours.</summary>
    public TimeSpan Length => End - Start;
}
