using System.Globalization;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Notifications;

/// <summary>What a notification says: the one place of its words. It is plain text; a notifier escapes it as its channel demands.</summary>
public static class NotificationText
{
    private const int Longest = 150;

    /// <summary>The notification as a notifier gets it.</summary>
    /// <param name="taken">What happened.</param>
    /// <param name="publicUrl">The console's address as people reach it; null: not known.</param>
    public static Notification Of(TakenNotification taken, Uri? publicUrl)
    {
        var url = publicUrl is null ? null : new Uri($"{publicUrl.AbsoluteUri.TrimEnd('/')}/runs/{taken.RunId.ToString(CultureInfo.InvariantCulture)}");
        return new Notification
        {
            Id = taken.Id, Channel = taken.Channel, What = Word(taken.What), DagId = taken.DagId, RunId = taken.RunId, TaskId = taken.TaskId,
            Attempt = taken.Attempt is > 0 ? taken.Attempt : null, ScheduledFor = taken.ScheduledFor.ToUniversalTime(), At = taken.At.ToUniversalTime(), Why = OneLine(taken.Why), Actor = taken.Actor,
            Failures = [.. taken.Failures.Select(failure => failure with { Error = OneLine(failure.Error)! })], Url = url, Subject = Subject(taken), Body = Body(taken, url),
        };
    }

    /// <summary>For programs and lists.</summary>
    public static string Word(char what) => what switch { 'f' => "failed", 's' => "succeeded", 'c' => "cancelled", 'y' => "retry", 'd' => "deadline", _ => "unknown" };

    private static string Subject(TakenNotification taken)
    {
        var what = taken.TaskId is { } task ? $"{taken.DagId}: {task}" : taken.DagId;
        var said = taken.What switch { 'y' => "is tried again", 'd' => "has not ended by its deadline", var other => Word(other) };
        var blame = taken is { What: 'f', TaskId: null, Failures: [var first, ..] } ? $": {first.TaskId}{(taken.Failures.Count > 1 ? $" and {taken.Failures.Count - 1} more" : "")}" : "";
        return Short(OneLine($"{what} {said}{blame}")!, Longest);
    }

    private static string Body(TakenNotification taken, Uri? url)
    {
        var text = new StringBuilder();
        Line(taken.TaskId is { } task
            ? taken.Attempt is > 0 ? $"Task {task}, attempt {taken.Attempt}, of run {taken.RunId} of {taken.DagId}" : $"Task {task} of run {taken.RunId} of {taken.DagId}"
            : $"Run {taken.RunId} of {taken.DagId}");
        Line(taken.What switch
        {
            'y' => $"Its attempt failed or was lost at {Time(taken.At)}; there will be another one.",
            'd' => $"It was to end by {Time(taken.At)} and has not.",
            var other => $"It {(other == 'c' ? "was " : other == 'f' ? "has " : "has ")}{Word(other)}, at {Time(taken.At)}{(taken.Actor is { } actor ? $", by {OneLine(actor)}" : "")}.",
        });
        Line($"Scheduled for {Time(taken.ScheduledFor)}");
        if (OneLine(taken.Why) is { Length: > 0 } why)
            Line($"Why: {Short(why, 1000)}");
        foreach (var failure in taken.Failures)
            Line($"  {failure.TaskId}{(failure.MapIndex is { } index ? $"[{index}]" : "")}: {Short(OneLine(failure.Error)!, 500)}");
        if (url is not null)
            Line(url.AbsoluteUri);
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Line breaks and control characters as blanks: what an error said cannot become a header, or a line of ours.</summary>
    internal static string? OneLine(string? text) => text is null ? null
        : string.Join(' ', string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Split(' ', StringSplitOptions.RemoveEmptyEntries));

    internal static string Short(string text, int most) => text.Length <= most ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…");
}
