using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

internal sealed partial class GuardedConsole
{
    public async Task<IReadOnlyList<StepRow>> StepsAsync(InstanceKey key, int limit, CancellationToken cancellation) =>
        await sight.SeesAsync("run", key.RunId, cancellation) ? await inner.StepsAsync(key, limit, cancellation) : [];
}
