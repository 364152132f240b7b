using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>notifications: who was told of what, and whether it arrived.</summary>
internal static class NotificationCommands
{
    public static Command All() => new("notifications", "Who was told of what, and whether it was delivered.") { List(), Show(), Retry() };

    private static Argument<long> Id() => new("notification") { Description = "The notification's number.", HelpName = "N" };

    private static ClientCommand List()
    {
        var failed = new Option<bool>("--failed") { Description = "Only those whose last try failed, given up or not." };
        var run = new Option<long?>("--run") { Description = "Only those about this run.", HelpName = "RUN" };
        var limit = Arguments.Limit(20, "notifications");
        return new ClientCommand("list", "Lists the newest notifications.", "pipelines notifications list --failed") { failed, run, limit }.Runs(async session =>
        {
            var rows = await session.Console.NotificationsAsync(session.Get(run), session.Get(failed), session.Get(limit), session.Cancellation);
            session.Screen.List(
                [.. rows.Select(NotificationView.Of)], session.Get(failed) ? "Everything was delivered, or has not been tried." : "Nobody was told of anything. A DAG says who is: dag.Notify(NotifyOn.Failure, \"on-call\").",
                new("Notification", row => $"{row.Notification}"), new("Channel", row => row.Channel), new("About", row => $"{row.Dag} run {row.Run}{(row.Task is null ? "" : $" {row.Task}")}"),
                new("What", row => row.What), new("At", row => Text.Time(row.At)), new("State", row => row.State, Colour), new("Tries", row => $"{row.Tries}"), new("Error", row => row.Error, Wraps: true));
        });
    }

    private static string? Colour(NotificationView row) => row.State switch { "delivered" => "green", "failed" => "red", "retrying" => "yellow", _ => null };

    private static ClientCommand Show()
    {
        var id = Id();
        return new ClientCommand("show", "Shows a notification and each try to deliver it.", "pipelines notifications show 7") { id }.Runs(async session =>
        {
            var row = await session.Console.NotificationAsync(session.Get(id), session.Cancellation)
                ?? throw new CommandException($"there is no notification {session.Get(id)}; `pipelines notifications list` shows them");
            var tries = await session.Console.NotificationTriesAsync(row.Id, session.Cancellation);
            session.Screen.Document(new NotificationDetailView(NotificationView.Of(row), [.. tries.Select(one => new NotificationTryView(one.Try, one.At, one.Sender, one.EndedAt, one.Error))]));
            session.Screen.Facts(
                ("Notification", $"{row.Id} to {row.Channel}"), ("About", $"{NotificationView.About(row)}, {row.DagId} run {row.RunId}{(row.Attempt is > 0 ? $", attempt {row.Attempt}" : "")}"),
                ("At", Text.Time(row.At)), ("State", NotificationView.Now(row)), ("Again", row.State == 'f' ? $"pipelines notifications retry {row.Id}" : null));
            session.Screen.Say("");
            session.Screen.Table(
                tries, new("Try", one => $"{one.Try}"), new("At", one => Text.Time(one.At)), new("Took", one => Text.Span(Text.SecondsBetween(one.At, one.EndedAt))), new("By", one => one.Sender),
                new("Result", one => one.EndedAt is null ? "not ended: under way, or its process died" : one.Error ?? "delivered", Wraps: true));
        });
    }

    private static ClientCommand Retry()
    {
        var id = Id();
        return new ClientCommand("retry", "Sends a notification again that was not delivered.", "pipelines notifications retry 7") { id }.Runs(async session =>
        {
            await session.Operations.RetryNotificationAsync(session.Get(id), session.By, session.Cancellation);
            session.Screen.Document(new { notification = session.Get(id) });
            session.Screen.Say($"Notification {session.Get(id)} is sent again now: pipelines notifications show {session.Get(id)}");
        });
    }
}
