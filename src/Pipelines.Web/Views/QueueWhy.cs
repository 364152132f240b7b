using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Why something that could run does not, in a sentence.</summary>
internal static class QueueWhy
{
    public static string Of(QueuedRow row, IReadOnlyList<WorkerRow> workers)
    {
        if (row.Limit is { } limit)
            return $"in the line of the limit {limit}" + (string.IsNullOrEmpty(row.LimitKey) ? "" : $" for '{row.LimitKey}'");
        if (row.Queue == "~wait")
            return "the scheduler lets it wait at its next pass";
        if (row.Pool is { } pool && row.PoolUsed + row.Weight > row.PoolSlots)
            return $"the pool {pool} is full: {row.PoolUsed} of {row.PoolSlots} slots are taken" + (row.Weight > 1 ? $", it needs {row.Weight}" : "");
        var serving = workers.Where(worker => worker.Alive && worker.Queues.Contains(row.Queue)).ToList();
        var taking = serving.Where(worker => !worker.Draining).ToList();
        return serving.Count == 0 ? $"no worker that is alive serves the queue '{row.Queue}'"
            : taking.Count == 0 ? $"every worker of the queue '{row.Queue}' is drained"
            : taking.Sum(worker => worker.Slots - worker.Busy) > 0 ? "a worker takes it at its next claim"
            : $"all {taking.Sum(worker => worker.Slots)} slots of the queue '{row.Queue}' are busy" + (row.Turn is { } turn ? $"; {turn.Text}" : "");
    }

    public static string Of(QueuedRuns runs) =>
        runs.Paused ? "the DAG is paused"
        : runs.BackfillPaused ? $"backfill {runs.BackfillId} is paused"
        : runs.Active >= runs.AtOnce ? $"{runs.Active} of at most {runs.AtOnce} runs of {(runs.BackfillId is { } id ? $"backfill {id}" : "the DAG")} are active"
        : "the scheduler starts them at its next pass";

    public static string Of(WaitingRow row, DateTimeOffset now) => row.Kind switch
    {
        'y' => $"tries again {Due(row, now)}",
        't' => $"waits for a time, or polls again {Due(row, now)}",
        's' => $"waits for the signal {row.For}" + (row.DueAt is { } end ? $", gives up {Times.Until(end, now)}" : ""),
        'a' => $"asks people: {row.For}" + (row.DueAt is { } expiry ? $" It is decided {Times.Until(expiry, now)} at the latest." : ""),
        'd' => $"waits for {row.For}" + (row.DueAt is { } at ? $", gives up {Times.Until(at, now)}" : ""),
        _ => "waits for the same task in the DAG's run before",
    };

    private static string Due(WaitingRow row, DateTimeOffset now) => row.DueAt is { } at ? Times.Until(at, now) : "soon";
}
