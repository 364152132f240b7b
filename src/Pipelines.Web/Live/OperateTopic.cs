using System.Globalization;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Live;

/// <summary>The workers, or the queue: <c>?watch=workers</c>, <c>?watch=queue</c>.</summary>
internal sealed record OperateTopic(bool Queue) : ChangeTopic
{
    /// <summary>What the page of the queue shows at most; what is behind it changes nothing there.</summary>
    public const int Shown = 200;

    public override Task<bool> IsSeenAsync(Sight sight, CancellationToken cancellation) => Task.FromResult(true);

    protected override async Task<string?> FingerprintAsync(IConsole console, CancellationToken cancellation)
    {
        if (!Queue)
        {
            var workers = await console.WorkersAsync(cancellation);
            var running = await console.RunningAttemptsAsync(Shown, cancellation);
            return Hash([.. workers.Select(worker => (object)(worker.WorkerId, worker.Alive, worker.Draining, worker.Busy, worker.Stuck)), .. running.Select(one => (object)(one.Key, one.Attempt))]);
        }

        var queue = await console.QueueAsync(Shown, cancellation);
        var runs = await console.QueuedRunsAsync(Shown, cancellation);
        return Hash([.. queue.Select(row => (object)(row.Key, row.Limit, row.PoolUsed)), .. runs.Select(row => (object)(row.DagId, row.BackfillId, row.Runs, row.Active, row.Paused)), await console.QueueLengthAsync(cancellation)]);
    }

    private static string Hash(IEnumerable<object> parts)
    {
        var hash = new HashCode();
        foreach (var part in parts)
            hash.Add(part);
        return hash.ToHashCode().ToString("x8", CultureInfo.InvariantCulture);
    }
}
