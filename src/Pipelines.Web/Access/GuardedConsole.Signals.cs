using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

internal sealed partial class GuardedConsole
{
    /// <summary>What others are asked must not crowd out what they are.</summary>
    private const int Looked = 5000;

    public async Task<IReadOnlyList<SignalRow>> SignalsAsync(long runId, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.SignalsAsync(runId, limit, cancellation) : [];

    public async Task<IReadOnlyList<SignalWaitRow>> SignalWaitsAsync(int limit, CancellationToken cancellation) =>
        [.. (await sight.OfAsync(await inner.SignalWaitsAsync(Looked, cancellation), row => row.DagId, cancellation)).Take(limit)];

    public async Task<IReadOnlyList<ApprovalRow>> ApprovalsAsync(bool open, int limit, CancellationToken cancellation) =>
        [.. (await sight.OfAsync(await inner.ApprovalsAsync(open, Looked, cancellation), row => row.DagId, cancellation)).Take(limit)];

    public async Task<IReadOnlyList<ApprovalRow>> EarlierApprovalsAsync(string dagId, string taskId, long exceptRun, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync(dagId, cancellation) ? await inner.EarlierApprovalsAsync(dagId, taskId, exceptRun, limit, cancellation) : [];

    public async Task<ApprovalDetail?> ApprovalAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.ApprovalAsync(runId, taskId, mapIndex, cancellation) : null;

    public async Task<int> OpenApprovalsAsync(CancellationToken cancellation) => (await ApprovalsAsync(true, Looked, cancellation)).Count;
}
