namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>What an instance has kept since its first start, in the order in which it was begun.</summary>
    Task<IReadOnlyList<StepRow>> StepsAsync(InstanceKey key, int limit, CancellationToken cancellation);
}

/// <summary>A step of a task instance, its cursor, or a moment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of the cursor "".</param>
/// <param name="Attempt">The attempt that did it, or tried it last.</param>
/// <param name="Tries">How often that attempt did it.</param>
/// <param name="StartedAt">When it was begun.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Output">JSON, when it is small.</param>
/// <param name="Error">One line; null: it has succeeded.</param>
public sealed record StepRow(StepKind Kind, string Name, short Attempt, int Tries, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string? Output, string? Error)
{
    /// <summary>More of one instance are not listed.</summary>
    public const int Most = 1000;
}
