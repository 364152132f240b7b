using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Pages of the API, which are full though rows that are not seen are left out.</content>
internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<InstanceRow>> InstancesAfterAsync(long runId, string? taskId, InstanceKey? after, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.InstancesAfterAsync(runId, taskId, after, limit, cancellation) : [];

    public async Task<IReadOnlyList<NumberedEvent>> EventsBeforeAsync(string? dagId, long? runId, EventPlace? before, int limit, CancellationToken cancellation) =>
        await (runId is { } run ? sight.SeesAsync("run", run, cancellation) : sight.SeesAsync(dagId, cancellation))
            ? await inner.EventsBeforeAsync(dagId, runId, before, limit, cancellation)
            : [];

    public Task<IReadOnlyList<BackfillRow>> BackfillsBeforeAsync(string? dagId, long? before, int limit, CancellationToken cancellation) => FillAsync<BackfillRow>(
        last => inner.BackfillsBeforeAsync(dagId, last?.Id ?? before, limit, cancellation), row => row.DagId, limit, cancellation);

    public Task<IReadOnlyList<NotificationRow>> NotificationsBeforeAsync(long? runId, bool failed, long? before, int limit, CancellationToken cancellation) => FillAsync<NotificationRow>(
        last => inner.NotificationsBeforeAsync(runId, failed, last?.Id ?? before, limit, cancellation), row => row.DagId, limit, cancellation);

    public Task<EventMark> EventMarkAsync(CancellationToken cancellation) => inner.EventMarkAsync(cancellation);

    public async Task<IReadOnlyList<NumberedEvent>> EventsBetweenAsync(long after, long upTo, string? dagId, long? runId, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.EventsBetweenAsync(after, upTo, dagId, runId, cancellation), row => row.DagId, cancellation);

    /// <summary>Reads on until a page is full of what is seen, or there is no more.</summary>
    private async Task<IReadOnlyList<T>> FillAsync<T>(Func<T?, Task<IReadOnlyList<T>>> read, Func<T, string?> dagOf, int limit, CancellationToken cancellation)
        where T : class
    {
        var seen = new List<T>();
        for (T? last = null; ;)
        {
            var rows = await read(last);
            seen.AddRange(await sight.OfAsync(rows, dagOf, cancellation));
            if (rows.Count < limit || seen.Count >= limit)
                return [.. seen.Take(limit)];
            last = rows[^1];
        }
    }
}
