using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Live;

/// <summary>
/// Server-sent events for one page: <c>?dag=ID&amp;runs=N&amp;end=T&amp;type=K&amp;state=S</c> for a grid, <c>?log=RUN.TASK.MAP.ATTEMPT</c> (numbers) for a log,
/// <c>?backfill=ID</c>, <c>?watch=home|workers|queue</c> for lists.
/// <c>seen</c> names what the page shows; after a lost connection the browser's Last-Event-ID takes its place.
/// </summary>
internal static class LiveEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ui/events",
        async (HttpContext context, LiveHub hub, Sight sight, string? dag, int? runs, DateTimeOffset? end, char? type, char? state, string? log, string? home, string? seen, long? backfill, string? watch) =>
        {
            Topic? topic = log is not null ? Log(log)
                : backfill is { } number ? new BackfillTopic(number)
                : dag is not null ? new GridTopic(dag, new(Math.Clamp(runs ?? GridQuery.DefaultRuns, 1, GridQuery.MostRuns), end?.ToUniversalTime()) { Kind = type, State = state })
                : watch is "workers" or "queue" ? new OperateTopic(watch == "queue")
                : home is not null ? new HomeTopic()
                : null;
            if (topic is null)
                return Results.BadRequest("Say what is watched: dag, log, backfill, watch or home.");
            if (!await topic.IsSeenAsync(sight, context.RequestAborted))
                return Results.NotFound();
            var last = context.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? seen;
            return (IResult)TypedResults.ServerSentEvents(hub.FollowAsync(topic, last, context.RequestAborted));
        });

    private static LogTopic? Log(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && long.TryParse(parts[0], out var run) && int.TryParse(parts[1], out var task) && int.TryParse(parts[2], out var map)
            && short.TryParse(parts[3], out var attempt) ? new LogTopic(new InstanceKey(run, task, map), attempt) : null;
    }
}
