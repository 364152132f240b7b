using System.Text.Json;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>How an attempt ends: one factory an outcome, each filling just what that outcome needs.</summary>
public static class Outcome
{
    public static Report Succeeded(Assignment a, byte[]? output) => new(a.Key, a.Attempt, TaskState.Succeeded, output);

    public static Report Skipped(Assignment a, string why) => new(a.Key, a.Attempt, TaskState.Skipped, Why: why);

    public static Report Cancelled(Assignment a) => new(a.Key, a.Attempt, TaskState.Cancelled, Why: "cancelled while it ran");

    public static Report GivenBack(Assignment a) => new(a.Key, a.Attempt, TaskState.Queued, Why: "given back by a worker that stops");

    /// <summary>The body has succeeded, but what it returned cannot be kept; trying again would not help.</summary>
    public static Report Refused(Report report, string why) =>
        new(report.Key, report.Attempt, TaskState.Failed, Why: $"The database does not take the output: {Clean(why)}.");

    /// <summary>A failed attempt: tried again while the policy allows, failed for good else.</summary>
    public static Report Failed(RunningAttempt attempt, TaskSpec task, Exception error, double random)
    {
        var a = attempt.Assignment;
        var sinceFirst = attempt.Now - a.FirstStartedAt;
        var delay = error is FailTaskException ? null : RetryDecision.Next(task, a.Tries, sinceFirst, error, random);
        var why = Why(error);
        return delay is { } wait
            ? new(a.Key, a.Attempt, TaskState.RetryWait, DelaySeconds: wait.TotalSeconds, Why: why, Detail: Detail(error))
            : new(a.Key, a.Attempt, TaskState.Failed, Why: why, Detail: Detail(error));
    }

    private static string Why(Exception error)
    {
        var line = error is PipelinesException or TimeoutException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        var end = line.IndexOfAny(['\r', '\n']);
        line = Clean(end < 0 ? line : line[..end]);
        return line.Length <= 500 ? line : line[..500] + "...";
    }

    private static string Detail(Exception error)
    {
        var text = error.ToString();
        return JsonSerializer.Serialize(new
        {
            type = error.GetType().FullName,
            message = Clean(error.Message.Length <= 8000 ? error.Message : error.Message[..8000]),
            stack = Clean(text.Length <= 16000 ? text : text[..16000]),
        });
    }

    /// <summary>PostgreSQL's text holds everything but U+0000.</summary>
    private static string Clean(string text) => text.Replace('\0', '\uFFFD');
}
