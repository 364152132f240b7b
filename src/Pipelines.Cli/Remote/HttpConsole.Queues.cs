using Pipelines.Engine.Ports;
using Pipelines.Web.Api;

namespace Pipelines.Cli.Remote;

/// <content>Queues.</content>
internal sealed partial class HttpConsole
{
    public async Task<IReadOnlyList<QueueStats>> QueuesAsync(CancellationToken cancellation) =>
        [.. (await api.GetAsync<Listing<QueueStatsJson>>("queues", cancellation)).Items.Select(queue => queue.Port)];

    public async Task<IReadOnlyList<QueueVersion>> QueueVersionsAsync(string queue, CancellationToken cancellation) =>
        [.. (await api.FindAsync<QueueStatsJson>($"queues/{Api.Name(queue)}", cancellation))?.Versions?.Select(version => version.Port) ?? []];
}
