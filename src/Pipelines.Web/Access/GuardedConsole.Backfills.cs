using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Backfills.</content>
internal sealed partial class GuardedConsole
{
    public async Task<RunTimes?> RunTimesAsync(string dagId, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.RunTimesAsync(dagId, cancellation) : null;

    public async Task<OverlappingBackfill?> OverlappingAsync(string dagId, DateOnly from, DateOnly to, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.OverlappingAsync(dagId, from, to, cancellation) : null;

    public async Task<IReadOnlyList<BackfillRow>> BackfillsInStateAsync(string? dagId, char? state, int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.BackfillsInStateAsync(dagId, state, limit, cancellation), backfill => backfill.DagId, cancellation);

    public async Task<IReadOnlyList<BackfillRun>> BackfillRunsAsync(long id, char? state, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("backfill", id, cancellation) ? await inner.BackfillRunsAsync(id, state, limit, cancellation) : [];

    public async Task<IReadOnlyList<BackfillDate>> BackfillDatesAsync(long id, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("backfill", id, cancellation) ? await inner.BackfillDatesAsync(id, limit, cancellation) : [];

    public async Task<IReadOnlyList<EventRow>> BackfillEventsAsync(long id, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("backfill", id, cancellation) ? await inner.BackfillEventsAsync(id, limit, cancellation) : [];
}
