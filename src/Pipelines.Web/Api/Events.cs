using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Events: pages of history, and the stream of what happens.</summary>
internal static class Events
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/events", Stream).Is(
            "streamEvents", "Events", Role.Viewer, "Streams events as they happen",
            "Server-sent events of type 'event', each with an Event as its data, in the order of their numbers and none left out. After a lost connection send the last id as "
            + "Last-Event-ID, or as 'after', and it goes on from there; with neither it begins now. 'ping' is a sign of life.")
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream");

    public static async Task<Page<EventJson>> PageAsync(IConsole console, string? dag, long? run, string? cursor, int? limit, CancellationToken cancellation)
    {
        var most = Cursor.Limit(limit);
        var before = Cursor.Read(cursor, 2) is [var at, var id] ? new EventPlace(Cursor.Moment(at), id) : (EventPlace?)null;
        var rows = await console.EventsBeforeAsync(dag, run, before, most + 1, cancellation);
        return Page<EventJson>.Of(rows, most, EventJson.Of, row => Cursor.Of(row.Event.At.UtcTicks, row.Id));
    }

    private static async Task<IResult> Stream(HttpContext context, IConsole console, EventFeed feed, string? dag, long? run, long? after, CancellationToken cancellation)
    {
        if (dag is not null)
            await Dags.FindAsync(console, dag, cancellation);
        if (run is { } number)
            await Runs.FindAsync(console, number, cancellation);
        if (after is < 0)
            throw ApiException.Wrong("'after' cannot be below 0: it is the id of an event");
        var last = long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : after;
        return TypedResults.ServerSentEvents(ItemsAsync(feed.FollowAsync(console, last, dag, run, cancellation), cancellation));
    }

    /// <summary>A sign of life carries the number up to which all was told: who comes back need not read what a filter left out again.</summary>
    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(
        IAsyncEnumerable<(IReadOnlyList<NumberedEvent> Events, long UpTo)> batches, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var batch = batches.GetAsyncEnumerator(cancellation);
        while (await NextAsync(batch))
        {
            foreach (var row in batch.Current.Events)
                yield return Item("event", JsonSerializer.Serialize(EventJson.Of(row), ApiJson.Lenient), row.Id);
            if (batch.Current.Events.Count == 0)
                yield return Item("ping", "{}", batch.Current.UpTo);
        }
    }

    /// <summary>A stream ends with its connection, the program, or the database: who follows comes back with the last id.</summary>
    private static async Task<bool> NextAsync(IAsyncEnumerator<(IReadOnlyList<NumberedEvent> Events, long UpTo)> batch)
    {
        try
        {
            return await batch.MoveNextAsync();
        }
        catch (Exception e) when (e is OperationCanceledException or StoreUnavailableException)
        {
            return false;
        }
    }

    private static SseItem<string> Item(string type, string data, long id) => new(data, type) { EventId = id.ToString(CultureInfo.InvariantCulture) };
}
