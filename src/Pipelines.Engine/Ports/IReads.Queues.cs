namespace Pipelines.Engine.Ports;

public partial interface IReads
{
    /// <summary>Every queue that a task or a worker names.</summary>
    Task<IReadOnlyList<QueueStats>> QueuesAsync(CancellationToken cancellation);

    /// <summary>What waits and runs in a queue, by the version of the DAG.</summary>
    Task<IReadOnlyList<QueueVersion>> QueueVersionsAsync(string queue, CancellationToken cancellation);
}

/// <summary>A queue, and who serves it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Depth">How many instances are ready.</param>
/// <param name="Runnable">How many of them a worker would take at once: the others wait for a pool.</param>
/// <param name="InLine">How many wait for a limit before they are ready.</param>
/// <param name="OldestSeconds">How long the first in line has been ready.</param>
/// <param name="Running">How many run.</param>
/// <param name="Workers">How many workers serve it, without those that are drained.</param>
/// <param name="Slots">How many slots those have; they may serve other queues with them too.</param>
public sealed record QueueStats(string Name, long Depth, long Runnable, long InLine, double OldestSeconds, long Running, int Workers, int Slots)
{
    /// <summary>Of a worker that nobody has said anything about.</summary>
    public const int UsualSlots = 16;

    /// <summary>How many slots a worker has: as it is asked, on average, or as usual.</summary>
    public int SlotsPerWorker(int? asked) => asked ?? (Workers == 0 ? UsualSlots : Math.Max(1, Slots / Workers));

    /// <summary>How many workers would run at once all that can run.</summary>
    public int DesiredWorkers(int? slotsPerWorker)
    {
        var slots = SlotsPerWorker(slotsPerWorker);
        return (int)Math.Min(int.MaxValue, (Runnable + Running + slots - 1) / slots);
    }
}

/// <param name="DagId">The DAG.</param>
/// <param name="Hash">The version's content.</param>
/// <param name="Depth">How many of its instances are ready.</param>
/// <param name="Running">How many run.</param>
public sealed record QueueVersion(string DagId, string Hash, long Depth, long Running);
