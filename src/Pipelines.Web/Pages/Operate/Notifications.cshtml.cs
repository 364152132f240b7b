using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>Who was told of what, and whether it arrived: <c>?failed=1</c>, <c>?run=</c>, and of one its tries, <c>?show=</c>.</summary>
public sealed class NotificationsModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 200;

    public IReadOnlyList<NotificationRow> Rows { get; private set; } = [];

    public bool Failed { get; private set; }

    public long? Run { get; private set; }

    public NotificationRow? One { get; private set; }

    public IReadOnlyList<NotificationTry> Tries { get; private set; } = [];

    public static string What(NotificationRow row) => row.What switch { 'f' => "failed", 's' => "succeeded", 'c' => "was cancelled", 'y' => "failed, is tried again", _ => "has not ended by its deadline" };

    public static (char Mark, string Word) State(NotificationRow row) => row.State switch { 's' => ('s', "delivered"), 'f' => ('f', "given up"), _ => row.Error is null ? ('q', "waits") : ('y', "tried again") };

    public string Href(bool failed, long? show = null) => "/notifications?" + string.Join('&', new[]
    {
        failed ? "failed=1" : null, Run is { } run ? string.Create(CultureInfo.InvariantCulture, $"run={run}") : null, show is { } id ? string.Create(CultureInfo.InvariantCulture, $"show={id}") : null,
    }.OfType<string>());

    public async Task<IActionResult> OnGetAsync(string? failed, long? run, long? show, CancellationToken cancellation)
    {
        (Failed, Run) = (failed == "1", run);
        Rows = await Store.NotificationsAsync(run, Failed, Shown, cancellation);
        if (show is { } id)
        {
            One = await Store.NotificationAsync(id, cancellation);
            if (One is null)
                return Missing(string.Create(CultureInfo.InvariantCulture, $"There is no notification {id}."));
            Tries = await Store.NotificationTriesAsync(id, cancellation);
        }

        await ClockAsync(cancellation);
        return Page();
    }

    public Task<IActionResult> OnPostRetryAsync([FromForm] long notification, string? failed, CancellationToken cancellation) =>
        ActAsync(failed == "1" ? "/notifications?failed=1" : "/notifications", async (operations, by) =>
        {
            await operations.RetryNotificationAsync(notification, by, cancellation);
            return $"Notification {notification} is sent again.";
        });
}
