using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>The pages of operation: lengths and health are everybody's, what bears a DAG's name is not.</content>
internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<PoolUse>> PoolUseAsync(CancellationToken cancellation) =>
        await sight.OfAsync(await inner.PoolUseAsync(cancellation), use => use.DagId, cancellation);

    /// <summary>A limit's key may be any argument of any DAG.</summary>
    public Task<IReadOnlyList<LimitKeyRow>> LimitKeysAsync(int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<LimitKeyRow>>([]);

    public async Task<IReadOnlyList<QueuedRow>> QueueAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.QueueAsync(limit, cancellation), row => row.DagId, cancellation);

    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(int limit, CancellationToken cancellation)
    {
        var rows = new List<WaitingRow>();
        foreach (var row in await sight.OfAsync(await inner.WaitingAsync(limit, cancellation), row => row.DagId, cancellation))
        {
            // For "run 7 of sales", a run that it has started, it waits for "sales" where that DAG is not seen: the number tells of its runs.
            var other = row is { Kind: 'd', For: { } awaited } && awaited.StartsWith("run ", StringComparison.Ordinal) ? awaited[(awaited.IndexOf(" of ", StringComparison.Ordinal) + " of ".Length)..] : null;
            rows.Add(other is null || await sight.SeesAsync(other.Split(',')[0], cancellation) ? row : row with { For = other });
        }

        return rows;
    }

    public async Task<IReadOnlyList<QueuedRuns>> QueuedRunsAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.QueuedRunsAsync(limit, cancellation), row => row.DagId, cancellation);

    public Task<(int Ready, int InLine)> QueueLengthAsync(CancellationToken cancellation) => inner.QueueLengthAsync(cancellation);

    public async Task<IReadOnlyList<ImportErrorRow>> ImportErrorsInFullAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.ImportErrorsInFullAsync(limit, cancellation), row => row.Error.DagId, cancellation);

    public async Task<IReadOnlyList<RunningRow>> RunningAttemptsAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.RunningAttemptsAsync(limit, cancellation), row => row.DagId, cancellation);

    public Task<HealthRow> HealthAsync(CancellationToken cancellation) => inner.HealthAsync(cancellation);
}
