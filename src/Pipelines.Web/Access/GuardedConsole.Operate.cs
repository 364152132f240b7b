using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>What runs and waits: of DAGs that are not seen only how much.</content>
internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<PoolUse>> PoolUseAsync(CancellationToken cancellation) =>
        await sight.OfAsync(await inner.PoolUseAsync(cancellation), use => use.DagId, cancellation);

    /// <summary>Keys are outputs and arguments of runs of any DAG.</summary>
    public async Task<IReadOnlyList<LimitKeyRow>> LimitKeysAsync(int limit, CancellationToken cancellation) =>
        sight.Restricted ? [] : await inner.LimitKeysAsync(limit, cancellation);

    public async Task<IReadOnlyList<QueuedRow>> QueueAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.QueueAsync(limit, cancellation), row => row.DagId, cancellation);

    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.WaitingAsync(limit, cancellation), row => row.DagId, cancellation);

    public async Task<IReadOnlyList<QueuedRuns>> QueuedRunsAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.QueuedRunsAsync(limit, cancellation), row => row.DagId, cancellation);

    public Task<(int Ready, int InLine)> QueueLengthAsync(CancellationToken cancellation) => inner.QueueLengthAsync(cancellation);

    public async Task<IReadOnlyList<ImportErrorRow>> ImportErrorsInFullAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.ImportErrorsInFullAsync(limit, cancellation), row => row.Error.DagId, cancellation);

    public async Task<IReadOnlyList<RunningRow>> RunningAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.RunningAsync(limit, cancellation), row => row.DagId, cancellation);

    public Task<HealthRow> HealthAsync(CancellationToken cancellation) => inner.HealthAsync(cancellation);
}
