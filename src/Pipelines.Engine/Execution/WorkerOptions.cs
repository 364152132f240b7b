namespace Pipelines.Engine.Execution;

/// <summary>How a worker process behaves. Times are wall-clock spans, measured by the monotonic clock.</summary>
public sealed record WorkerOptions
{
    /// <summary>Who it is, for people: host and process.</summary>
    public string Name { get; init; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>The queues it serves.</summary>
    public IReadOnlyList<string> Queues { get; init; } = ["default"];

    /// <summary>Attempts at once.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>How long the store believes in the worker without a heartbeat; renewed every third of it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often the queue is asked without a reason: what a lost notification costs at most.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long running attempts may go on after the worker was asked to stop, before they are cancelled and given back.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The console's address as others reach it, for those who are to call back; null: nobody has said it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>How long a cancelled body may take to return before it counts as stuck.</summary>
    public TimeSpan CancelGrace { get; init; } = TimeSpan.FromSeconds(10);
}
