using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Live;

/// <summary>Server-sent events for one page.</summary>
internal static class LiveEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ui/events", async (HttpContext context, LiveHub hub, Sight sight, [AsParameters] Watched watched) =>
    {
        if (Of(watched) is not { } topic)
            return Results.BadRequest("Say what is watched: dag, run, instance, log, backfill, watch or home.");
        if (!await topic.IsSeenAsync(sight, context.RequestAborted))
            return Results.NotFound();
        var last = context.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? watched.Seen;
        return (IResult)TypedResults.ServerSentEvents(hub.FollowAsync(topic, last, context.RequestAborted));
    });

    private static Topic? Of(Watched watched) => watched switch
    {
        { Log: { } log } => Log(log),
        { Instance: { } instance } => InstanceTopic.Of(instance),
        { Run: { } run } => new RunTopic(run),
        { Backfill: { } backfill } => new BackfillTopic(backfill),
        { Dag: { } dag } => new GridTopic(
            dag, new(Math.Clamp(watched.Runs ?? GridQuery.DefaultRuns, 1, GridQuery.MostRuns), watched.End?.ToUniversalTime()) { Kind = watched.Type, State = watched.State }),
        { Watch: "workers" or "queue" } => new OperateTopic(watched.Watch == "queue"),
        { Watch: "health" } => new HealthTopic(),
        { Watch: "approvals" } => new ApprovalsTopic(),
        { Home: not null } => new HomeTopic(),
        _ => null,
    };

    private static LogTopic? Log(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 4 && long.TryParse(parts[0], out var run) && int.TryParse(parts[1], out var task) && int.TryParse(parts[2], out var map)
            && short.TryParse(parts[3], out var attempt) ? new LogTopic(new InstanceKey(run, task, map), attempt) : null;
    }
}

/// <summary>What a page watches.</summary>
/// <param name="Dag">A grid, with its window: <c>runs</c>, <c>end</c>, <c>type</c>, <c>state</c>.</param>
/// <param name="Log">A log, as RUN.TASK.MAP.ATTEMPT in numbers.</param>
/// <param name="Instance">A task of a run, as RUN.MAP.TASK.</param>
/// <param name="Watch">workers, queue, health or approvals.</param>
/// <param name="Home">1: lists.</param>
/// <param name="Seen">Names what the page shows; after a lost connection the browser's Last-Event-ID takes its place.</param>
internal sealed record Watched(
    string? Dag, int? Runs, DateTimeOffset? End, char? Type, char? State, string? Log, string? Instance, long? Run, long? Backfill, string? Watch, string? Home, string? Seen);
