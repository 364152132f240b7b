using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Live;

/// <summary>
/// Server-sent events for one page: <c>?dag=ID&amp;runs=N&amp;end=T</c> for a grid, <c>?log=RUN.TASK.MAP.ATTEMPT</c> (numbers) for a log.
/// <c>seen</c> names what the page shows; after a lost connection the browser's Last-Event-ID takes its place.
/// </summary>
internal static class LiveEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ui/events",
        (HttpContext context, LiveHub hub, string? dag, int? runs, DateTimeOffset? end, string? log, string? instance, string? seen) =>
        {
            Topic? topic = log is not null ? Log(log)
                : instance is not null ? InstanceTopic.Of(instance)
                : dag is not null ? new GridTopic(dag, Math.Clamp(runs ?? GridQuery.DefaultRuns, 1, GridQuery.MostRuns), end?.ToUniversalTime())
                : null;
            if (topic is null)
                return Results.BadRequest("Give dag or log.");
            var last = context.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? seen;
            return TypedResults.ServerSentEvents(hub.FollowAsync(topic, last, context.RequestAborted));
        });

    private static LogTopic? Log(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && long.TryParse(parts[0], out var run) && int.TryParse(parts[1], out var task) && int.TryParse(parts[2], out var map)
            && short.TryParse(parts[3], out var attempt) ? new LogTopic(new InstanceKey(run, task, map), attempt) : null;
    }
}
