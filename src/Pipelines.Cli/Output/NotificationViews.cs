using Pipelines.Engine.Notifications;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Output;

/// <summary>A notification for programs, and in words.</summary>
internal sealed record NotificationView(
    long Notification, string Channel, string What, string Dag, long Run, string? Task, short? Attempt, DateTimeOffset At, string State, short Tries,
    DateTimeOffset? NextTry, DateTimeOffset? FinishedAt, string? Error)
{
    public static NotificationView Of(NotificationRow row) => new(
        row.Id, row.Channel, NotificationText.Word(row.What), row.DagId, row.RunId, row.TaskId, row.Attempt is > 0 ? row.Attempt : null, row.At, Word(row), row.Tries,
        row.State == 'w' ? row.DueAt : null, row.FinishedAt, row.Error);

    /// <summary>Such as "load failed".</summary>
    public static string About(NotificationRow row) => $"{row.TaskId ?? "run"} {NotificationText.Word(row.What)}";

    /// <summary>How far it has come, one line.</summary>
    public static string Now(NotificationRow row) => Word(row) switch
    {
        "delivered" => $"delivered at {Text.Time(row.FinishedAt)}",
        "failed" => $"given up after {row.Tries} {(row.Tries == 1 ? "try" : "tries")}: {row.Error ?? "no try came to an end"}",
        "retrying" => $"try {row.Tries} of {row.MostTries} failed, the next is due at {Text.Time(row.DueAt)}: {row.Error}",
        _ => "waits to be delivered",
    };

    /// <summary>waiting, retrying (a try has failed), delivered, or failed: given up.</summary>
    private static string Word(NotificationRow row) => row.State switch { 's' => "delivered", 'f' => "failed", _ => row.Error is null ? "waiting" : "retrying" };
}

internal sealed record NotificationTryView(short Try, DateTimeOffset At, string Sender, DateTimeOffset? EndedAt, string? Error);

internal sealed record NotificationDetailView(NotificationView Notification, IReadOnlyList<NotificationTryView> Tries);
