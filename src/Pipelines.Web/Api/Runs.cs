using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Runs, read.</summary>
internal static class Runs
{
    private const string Tag = "Runs";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/runs", List).Is(
            "listRuns", Tag, Role.Viewer, "Lists runs", "Newest first: by number; those of a DAG or a backfill by the moment that they stand for.");
        api.MapGet("/runs/{run:long}", Get).Is("getRun", Tag, Role.Viewer, "Reads a run", "With its graph, arguments and notes, which run has started it and which it has started. Its task instances are a list of their own.").IsPolled();
        api.MapGet("/runs/{run:long}/events", ListEvents).Is("listRunEvents", Tag, Role.Viewer, "Lists the events of a run", "Newest first.");
    }

    /// <summary>The run without its instances.</summary>
    public static async Task<RunDetail> FindAsync(IConsole console, long run, CancellationToken cancellation) =>
        await console.TaskAsync(run, "", cancellation) ?? throw ApiException.Missing(
            $"there is no run {run}; " + (await console.RunsAsync(null, null, null, 1, cancellation) is [var newest, ..] ? $"the newest is {newest.RunId}" : "there is none at all"));

    private static async Task<Page<RunJson>> List(
        string? dag, [OneOf(Words.RunStates)] string? state, long? backfill, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        if (dag is not null)
            await Dags.FindAsync(console, dag, cancellation);
        var place = Cursor.Read(cursor, 2) is [var at, var id] ? new RunPlace(Cursor.Moment(at), id) : null;
        var filter = new RunFilter { DagId = dag, State = Words.Run.LetterOrNull(state), BackfillId = backfill, Before = place };
        var page = await console.RunListAsync(filter, Cursor.Limit(limit), cancellation);
        return new([.. page.Runs.Select(RunJson.Of)], page.Older is { } older ? Cursor.Of(older.ScheduledFor.UtcTicks, older.RunId) : null);
    }

    private static async Task<RunDetailJson> Get(long run, IConsole console, CancellationToken cancellation) =>
        RunDetailJson.Of(await FindAsync(console, run, cancellation), await console.LineageAsync(run, cancellation));

    private static async Task<Page<EventJson>> ListEvents(long run, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        await FindAsync(console, run, cancellation);
        return await Events.PageAsync(console, null, run, cursor, limit, cancellation);
    }
}
