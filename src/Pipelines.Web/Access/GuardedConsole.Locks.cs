using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<LockRow>> LocksAsync(int limit, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.LocksAsync(limit, cancellation), held => held.DagId, cancellation);
}
