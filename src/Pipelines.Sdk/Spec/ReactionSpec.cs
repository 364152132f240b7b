namespace Pipelines;

/// <summary>What a channel is told of a run or a task.</summary>
/// <param name="Channel">Its name; the operator says what it is.</param>
/// <param name="On">What it is told of.</param>
public sealed record NotifySpec(string Channel, NotifyOn On);

/// <summary>A channel is told, once, when a run or a task has not ended by then.</summary>
/// <param name="Channel">Its name; the operator says what it is.</param>
/// <param name="AfterSeconds">How long after <paramref name="From"/>.</param>
/// <param name="From">What it counts from.</param>
public sealed record DeadlineSpec(string Channel, double AfterSeconds, DeadlineFrom From);
