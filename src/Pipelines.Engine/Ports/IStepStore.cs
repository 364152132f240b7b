using Pipelines.Engine.Codecs;

namespace Pipelines.Engine.Ports;

/// <summary>What a task instance keeps over its attempts.</summary>
public enum StepKind
{
    /// <summary>A part of the body that was done.</summary>
    Step,

    /// <summary>How far the body has come; it has no name, and moves.</summary>
    Cursor,

    /// <summary>When the body first asked for the time by this name.</summary>
    Moment,

    /// <summary>The arguments of the run that continues this one; it has no name, and moves.</summary>
    Continuation,
}

/// <summary>What an attempt before, or this one, has come to.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of the cursor "".</param>
/// <param name="Attempt">The attempt that has done it.</param>
/// <param name="Output">UTF-8 JSON; null: none.</param>
public sealed record StoredStep(StepKind Kind, string Name, short Attempt, byte[]? Output);

/// <summary>What is to be kept.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of the cursor "".</param>
/// <param name="Output">UTF-8 JSON; null: none.</param>
/// <param name="Error">One line; null: it has succeeded.</param>
/// <param name="Tries">How often it was done.</param>
/// <param name="Seconds">How long, in all.</param>
public sealed record FinishedStep(StepKind Kind, string Name, byte[]? Output, string? Error = null, int Tries = 1, double Seconds = 0)
{
    /// <summary>How it is encoded before the store gets it, which does not look at this.</summary>
    public PayloadShape Shape { get; init; } = PayloadShape.Whole;
}

/// <summary>Steps, cursors and moments of task instances.</summary>
public interface IStepStore
{
    /// <summary>What the instance has kept since its first start: only what has succeeded.</summary>
    Task<IReadOnlyList<StoredStep>> LoadStepsAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation);

    /// <returns>False: the attempt is not this worker's any more, or another one has done the step already; nothing was changed.</returns>
    Task<bool> SaveStepAsync(int workerId, InstanceKey key, short attempt, FinishedStep step, CancellationToken cancellation);
}
