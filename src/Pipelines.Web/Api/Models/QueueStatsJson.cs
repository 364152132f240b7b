using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A queue, and how many workers it could do with.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="Depth">How many instances are ready.</param>
/// <param name="Runnable">How many of them a worker would take at once; the others wait for a pool.</param>
/// <param name="InLine">How many wait for a limit before they are ready.</param>
/// <param name="OldestSeconds">How long the first in line has been ready.</param>
/// <param name="Running">How many run.</param>
/// <param name="Workers">How many workers serve it, without those that are drained.</param>
/// <param name="Slots">How many slots those have.</param>
/// <param name="SlotsPerWorker">How many slots a worker is taken to have.</param>
/// <param name="DesiredWorkers">(runnable + running) / slotsPerWorker, rounded up.</param>
/// <param name="Versions">What waits and runs by the version of the DAG; null where that is not asked.</param>
public sealed record QueueStatsJson(
    string Queue, long Depth, long Runnable, long InLine, double OldestSeconds, long Running, int Workers, int Slots, int SlotsPerWorker, int DesiredWorkers,
    IReadOnlyList<QueueVersionJson>? Versions)
{
    internal static QueueStatsJson Of(QueueStats row, int? slots, IReadOnlyList<QueueVersion>? versions) => new(
        row.Name, row.Depth, row.Runnable, row.InLine, row.OldestSeconds, row.Running, row.Workers, row.Slots, row.SlotsPerWorker(slots), row.DesiredWorkers(slots),
        versions is null ? null : [.. versions.Select(QueueVersionJson.Of)]);

    internal QueueStats Port => new(Queue, Depth, Runnable, InLine, OldestSeconds, Running, Workers, Slots);
}

/// <summary>What waits and runs of a version of a DAG.</summary>
/// <param name="Dag">The DAG.</param>
/// <param name="Hash">The version's content.</param>
/// <param name="Depth">How many of its instances are ready.</param>
/// <param name="Running">How many run.</param>
public sealed record QueueVersionJson(string Dag, string Hash, long Depth, long Running)
{
    internal static QueueVersionJson Of(QueueVersion row) => new(row.DagId, row.Hash, row.Depth, row.Running);

    internal QueueVersion Port => new(Dag, Hash, Depth, Running);
}
