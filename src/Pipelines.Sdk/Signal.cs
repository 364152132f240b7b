namespace Pipelines;

/// <summary>What a run was told from outside.</summary>
/// <param name="Value">What was sent.</param>
/// <param name="SentBy">Who sent it: <c>ann</c>, <c>run 5, task ship</c>.</param>
/// <param name="SentAt">When it was acknowledged (UTC).</param>
/// <typeparam name="T">What was sent.</typeparam>
public sealed record Signal<T>(T Value, string SentBy, DateTimeOffset SentAt);
