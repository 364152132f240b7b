using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<ValueRow>> ValuesAsync(InstanceKey key, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.ValuesAsync(key, cancellation) : [];

    public async Task<IReadOnlyList<ProgressRow>> ProgressAsync(long runId, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", runId, cancellation) ? await inner.ProgressAsync(runId, limit, cancellation) : [];
}
