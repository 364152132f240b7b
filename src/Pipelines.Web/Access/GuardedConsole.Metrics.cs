using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <content>Metrics: of DAGs that are not seen there is no series.</content>
internal sealed partial class GuardedConsole
{
    public async Task<MetricsRow> MetricsAsync(long? after, long? upTo, CancellationToken cancellation)
    {
        var metrics = await inner.MetricsAsync(after, upTo, cancellation);
        return metrics with { Runs = await sight.OfAsync(metrics.Runs, run => run.DagId, cancellation) };
    }
}
