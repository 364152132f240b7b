using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Notifications and the tries to deliver them.</summary>
internal static class Notifications
{
    private const string Tag = "Notifications";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/notifications", List).Is("listNotifications", Tag, Role.Viewer, "Lists notifications", "Newest first; with 'failed' only those whose last try failed.");
        api.MapGet("/notifications/{notification:long}", Get).Is("getNotification", Tag, Role.Viewer, "Reads a notification");
        api.MapGet("/notifications/{notification:long}/tries", ListTries).Is("listNotificationTries", Tag, Role.Viewer, "Lists the tries to deliver a notification", "Oldest first.");
        api.MapPost("/notifications/{notification:long}/retry", Retry).Is("retryNotification", Tag, Role.Operator, "Sends a notification again that was not delivered");
    }

    private static async Task<NotificationRow> FindAsync(IConsole console, long notification, CancellationToken cancellation) =>
        await console.NotificationAsync(notification, cancellation)
        ?? throw ApiException.Missing($"there is no notification {notification}; {ApiRoutes.Prefix}/notifications lists those that there are");

    private static async Task<Page<NotificationJson>> List(long? run, bool? failed, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        var most = Cursor.Limit(limit);
        var rows = await console.NotificationsBeforeAsync(run, failed ?? false, Cursor.Read(cursor, 1)?[0], most + 1, cancellation);
        return Page<NotificationJson>.Of(rows, most, NotificationJson.Of, row => Cursor.Of(row.Id));
    }

    private static async Task<NotificationJson> Get(long notification, IConsole console, CancellationToken cancellation) =>
        NotificationJson.Of(await FindAsync(console, notification, cancellation));

    private static async Task<Listing<NotificationTryJson>> ListTries(long notification, IConsole console, CancellationToken cancellation)
    {
        await FindAsync(console, notification, cancellation);
        return new([.. (await console.NotificationTriesAsync(notification, cancellation)).Select(NotificationTryJson.Of)]);
    }

    private static async Task<NotificationJson> Retry(long notification, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.RetryNotificationAsync(notification, caller.By, cancellation);
        return await Get(notification, console, cancellation);
    }
}
