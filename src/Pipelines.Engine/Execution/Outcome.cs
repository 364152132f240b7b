using System.Text.Json;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>How an attempt ends: one factory an outcome, each filling just what that outcome needs.</summary>
public static class Outcome
{
    public static Report Succeeded(Assignment a, byte[]? output) => new(a.Key, a.Attempt, TaskState.Succeeded, output) { Epoch = a.Epoch };

    public static Report Skipped(Assignment a, string why) => new(a.Key, a.Attempt, TaskState.Skipped, Why: Line(why));

    /// <summary>
    /// A sensor's poll that found nothing yet: polled again, its try not spent; when its time is over, failed or skipped. The wait ends with the
    /// timeout at the latest, so that it is polled once more then.
    /// </summary>
    public static Report NotYet(RunningAttempt attempt, PollPolicy poll, double random)
    {
        var a = attempt.Assignment;
        var sinceFirst = attempt.Now - a.FirstStartedAt;
        return PollDecision.Next(poll, sinceFirst, random) is { } wait
            ? new(a.Key, a.Attempt, TaskState.Waiting, DelaySeconds: wait.TotalSeconds, Why: PollDecision.Why(poll))
            : new(a.Key, a.Attempt, poll.SoftFail ? TaskState.Skipped : TaskState.Failed, Why: PollDecision.GaveUp(poll));
    }

    /// <summary>The body waits without a slot: until a moment, for a signal or a run, or for whichever comes first.</summary>
    internal static Report Waits(RunningAttempt attempt, TaskSpec task, WaitTaskException wait)
    {
        var a = attempt.Assignment;
        wait = AttemptLimit.Cut(wait, task, a.FirstStartedAt);
        var seconds = wait.Due is { } due ? Math.Max(0, (due - attempt.Now).TotalSeconds) : Report.NoDelay;
        return new(a.Key, a.Attempt, Report.Parked, DelaySeconds: seconds, Why: Line(wait.Message), Detail: wait.Signal is { } signal ? JsonSerializer.Serialize(new { signal })
            : wait.Child is { } child ? JsonSerializer.Serialize(new { child = child.RunId, dag = child.Dag }) : null);
    }

    public static Report Cancelled(Assignment a) => new(a.Key, a.Attempt, TaskState.Cancelled, Why: "cancelled while it ran");

    public static Report GivenBack(Assignment a) => new(a.Key, a.Attempt, TaskState.Queued, Why: "given back by a worker that stops");

    /// <summary>The body asked the store for a connection or a variable while that was away: nobody's failure, so it spends no try.</summary>
    public static Report StoreAway(Assignment a) =>
        new(a.Key, a.Attempt, Report.Untried, DelaySeconds: 1, Why: "the database was away when the body asked it for a connection or a variable");

    /// <summary>
    /// What the body takes is encrypted with a key that this worker has not got: nobody's failure but the worker's, so it spends no try. Another worker may have the key, or this one soon.
    /// </summary>
    public static Report NoKey(Assignment a, string worker, PayloadKeyException e) =>
        new(a.Key, a.Attempt, Report.Untried, DelaySeconds: 15, Why: Line($"Worker {worker}: {e.Message} Tried again every 15 s."));

    /// <summary>
    /// The body could not be started here. What lies with this machine (a full disk, a folder that cannot be written) is tried
    /// again, wherever that is, and spends no try: a broken worker must not fail everybody's tasks. What lies with the assembly fails the task.
    /// </summary>
    public static Report NotLoaded(Assignment a, string worker, Exception e) => e switch
    {
        StoreUnavailableException => GivenBack(a),
        IOException and not (FileNotFoundException or FileLoadException) or UnauthorizedAccessException => new(
            a.Key, a.Attempt, Report.Untried, DelaySeconds: 15, Why: Clean(Mask.Of($"Worker {worker} could not load the DAG's assembly: {e.Message}")), Detail: Detail(e)),
        _ => new(a.Key, a.Attempt, TaskState.Failed, Why: Clean(Mask.Of($"The DAG's assembly could not be loaded: {e.Message}")), Detail: Detail(e)),
    };

    /// <summary>The body has succeeded, but what it returned cannot be kept; trying again would not help.</summary>
    public static Report Refused(Report report, string why) =>
        new(report.Key, report.Attempt, TaskState.Failed, Why: $"The database does not take the output: {Clean(why)}.");

    /// <summary>A failed attempt: tried again while the policy allows, failed for good else.</summary>
    public static Report Failed(RunningAttempt attempt, TaskSpec task, Exception error, double random)
    {
        var a = attempt.Assignment;
        var sinceFirst = attempt.Now - a.FirstStartedAt;
        var cause = Cause(error);
        var delay = cause is FailTaskException ? null : RetryDecision.Next(task, a.Tries, sinceFirst, error, random);
        var why = Why(cause);
        return delay is { } wait
            ? new(a.Key, a.Attempt, TaskState.RetryWait, DelaySeconds: wait.TotalSeconds, Why: why, Detail: Detail(error))
            : new(a.Key, a.Attempt, TaskState.Failed, Why: why, Detail: Detail(error));
    }

    /// <summary>What a body failed with: one that waits with .Result or .Wait() throws that inside of an AggregateException.</summary>
    internal static Exception Cause(Exception error)
    {
        while (error is AggregateException { InnerExceptions: [var only] })
            error = only;
        return error;
    }

    private static string Why(Exception error) =>
        Line(error is PipelinesException or TimeoutException ? error.Message : $"{error.GetType().Name}: {error.Message}");

    /// <summary>The first line, and no more than 500 characters of it. Half a secret would not be known for one: masked before it is cut.</summary>
    private static string Line(string text)
    {
        var line = Mask.Of(text);
        var end = line.IndexOfAny(['\r', '\n']);
        line = end < 0 ? line : line[..end];
        return Clean(line.Length <= 500 ? line : line[..(char.IsHighSurrogate(line[499]) ? 499 : 500)] + "...");
    }

    /// <summary>JSON escapes what a secret may hold, so it is masked before.</summary>
    private static string Detail(Exception error)
    {
        var cause = Cause(error);
        var message = Mask.Of(cause.Message);
        var text = Own(Mask.Of(error.ToString()));
        return JsonSerializer.Serialize(new
        {
            type = cause.GetType().FullName,
            message = Clean(message.Length <= 8000 ? message : message[..8000]),
            stack = Clean(text.Length <= 16000 ? text : text[..16000]),
        });
    }

    /// <summary>Without the frames of the engine below the body: they say nothing to the author of a DAG.</summary>
    private static string Own(string stack) => string.Join('\n', stack.Split('\n').Where(line =>
        !line.Contains("   at Pipelines.Engine.Execution.", StringComparison.Ordinal) && !line.Contains("   at Pipelines.DagBuilder.", StringComparison.Ordinal)));

    /// <summary>PostgreSQL's text holds everything but U+0000 and half a surrogate pair.</summary>
    internal static string Clean(string text) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
}
