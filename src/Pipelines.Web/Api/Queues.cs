using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Queues, for who scales workers.</summary>
internal static class Queues
{
    private const string Tag = "Operate";
    private const int MostSlots = 1000;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/queues", ListQueues).Is("listQueues", Tag, Role.Viewer, "Lists the queues", "Each with what waits and runs, who serves it, and how many workers it could do with.");
        api.MapGet("/queues/{queue}", GetQueueStats).Is("getQueueStats", Tag, Role.Viewer, "Says how much waits in a queue", "The signal for autoscaling: 'desiredWorkers', and what it is computed from, also by version of the DAG.");
    }

    private static async Task<Listing<QueueStatsJson>> ListQueues(int? slots, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.QueuesAsync(cancellation)).Select(queue => QueueStatsJson.Of(queue, Checked(slots), null))]);

    private static async Task<QueueStatsJson> GetQueueStats(string queue, int? slots, IConsole console, CancellationToken cancellation)
    {
        var name = Segment.Of(queue);
        var queues = await console.QueuesAsync(cancellation);
        var found = queues.FirstOrDefault(row => row.Name == name) ?? throw ApiException.Missing(UnknownName.Message("queue", name, [.. queues.Select(row => row.Name)]));
        return QueueStatsJson.Of(found, Checked(slots), await console.QueueVersionsAsync(name, cancellation));
    }

    private static int? Checked(int? slots) => slots is < 1 or > MostSlots ? throw ApiException.Wrong($"'slots' cannot be {slots}: it must be 1 to {MostSlots}") : slots;
}
