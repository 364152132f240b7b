using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

internal sealed partial class GuardedConsole
{
    public Task<IReadOnlyList<QueueStats>> QueuesAsync(CancellationToken cancellation) => inner.QueuesAsync(cancellation);

    public async Task<IReadOnlyList<QueueVersion>> QueueVersionsAsync(string queue, CancellationToken cancellation) =>
        await sight.OfAsync(await inner.QueueVersionsAsync(queue, cancellation), version => version.DagId, cancellation);
}
