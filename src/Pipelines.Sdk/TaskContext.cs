using Microsoft.Extensions.Logging;

namespace Pipelines;

/// <summary>
/// What a body may know about the attempt it serves. A unit test makes one with the members it needs:
/// <c>new TaskContext { DagId = "orders", TaskId = "load", ... }</c>.
/// </summary>
public sealed partial class TaskContext
{
    /// <summary>The DAG run's number.</summary>
    public required long RunId { get; init; }

    /// <summary>The DAG's id.</summary>
    public required string DagId { get; init; }

    /// <summary>The task's id.</summary>
    public required string TaskId { get; init; }

    /// <summary>Which element a mapped instance serves, from 0; null for a task that is not mapped.</summary>
    public int? MapIndex { get; init; }

    /// <summary>Which attempt this is, from 1. Attempts lost with their worker count here, but not against the retries.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The tick the run stands for (UTC); for a manual run the moment it was asked for.</summary>
    public required DateTimeOffset ScheduledFor { get; init; }

    /// <summary>The period of data the run stands for.</summary>
    /// <exception cref="PipelinesException">The run has none: it was started by hand without an interval, in a DAG without a schedule.</exception>
    public Interval Interval
    {
        get => KnownInterval ?? throw new PipelinesException(
            $"Run {RunId} of '{DagId}' has no data interval. Start it with --interval-start and --interval-end, or give the DAG a schedule.");
        init => KnownInterval = value;
    }

    /// <summary>Whether the run has a data interval.</summary>
    public bool HasInterval => KnownInterval is not null;

    internal Interval? KnownInterval { get; init; }

    /// <summary>Lines for the attempt's log. Console output of the body lands there as well.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Signalled when the attempt must stop: run cancelled, timeout, worker shutting down or its lease lost. Pass it on.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The same for all attempts of this task instance, so that an outside system can tell a repetition.</summary>
    public string IdempotencyKey => MapIndex is { } index ? $"{DagId}/{RunId}/{TaskId}/{index}" : $"{DagId}/{RunId}/{TaskId}";

    /// <summary>
    /// In a callback, what has failed for good, in the order in which it failed and at most 100 of it: in the run, or of the task whose callback it is, with its elements.
    /// Empty in every other task.
    /// </summary>
    /// <example><code>foreach (var failure in context.Failures) text += $"{failure.TaskId}: {failure.Error}\n";</code></example>
    public IReadOnlyList<TaskFailure> Failures { get; init; } = [];

    /// <summary>
    /// In a run that updates of assets started: those updates, the oldest first; of more than 1,000 the newest. Empty in every other run.
    /// </summary>
    /// <example><code>var days = context.Updates.Where(update => update.Asset == Orders.Name).Select(update => update.ExtraAs&lt;DateOnly&gt;());</code></example>
    public IReadOnlyList<AssetUpdate> Updates { get; init; } = [];

    internal IAttemptHost? Host { get; set; }

    /// <summary>The connection string of a configured connection.</summary>
    /// <exception cref="PipelinesException">There is none of that name; the message says how to configure it.</exception>
    public string Connection(string name) => Needed(nameof(Connection)).Connection(name);

    /// <summary>The value of a configured variable, as it is when it is asked for; one that was just changed may be some seconds old.</summary>
    /// <exception cref="PipelinesException">There is none of that name; the message says how to configure it.</exception>
    /// <example><code>var limit = int.Parse(context.Variable("max_rows"), CultureInfo.InvariantCulture);</code></example>
    public string Variable(string name) => Needed(nameof(Variable)).Variable(name);

    /// <summary>Keeps a file with the attempt, to be shown and downloaded in the console. The same name again replaces it.</summary>
    /// <param name="name">A file name, such as <c>chart.svg</c>.</param>
    /// <param name="contentType">A media type, such as <c>image/svg+xml</c>.</param>
    /// <param name="content">At most 8 MB.</param>
    /// <exception cref="ArgumentException">The name holds a slash or is too long, or the content is over the limit.</exception>
    public Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content) =>
        Needed(nameof(SaveArtefactAsync)).SaveArtefactAsync(name, contentType, content, Cancellation);

    /// <summary>Ends the attempt as skipped: <c>throw context.Skip("nothing to load");</c></summary>
    public Exception Skip(string reason) => new SkipTaskException(reason);

    /// <summary>Ends the task as failed whatever retries are left: <c>throw context.Fail("the file is not ours");</c></summary>
    public Exception Fail(string reason) => new FailTaskException(reason);

    /// <summary>Ends the attempt and asks for the next one after a delay; it spends a retry: <c>throw context.RetryIn(TimeSpan.FromMinutes(5));</c></summary>
    public Exception RetryIn(TimeSpan delay) => new RetryTaskException(
        delay < TimeSpan.Zero ? TimeSpan.Zero : delay, $"The task asked to be tried again in {delay}.");

    private IAttemptHost Needed(string member) => Host ?? throw new InvalidOperationException(
        $"{member} needs a running engine; this context was made by hand.");
}

/// <summary>A task, or an element of a mapped one, that has failed.</summary>
/// <param name="TaskId">The task's id.</param>
/// <param name="MapIndex">Which element, from 0; null: the task is not mapped, or failed as a whole.</param>
/// <param name="Attempt">The attempt that failed last, from 1; 0: there was none.</param>
/// <param name="Error">One line: the exception's type and message.</param>
public sealed record TaskFailure(string TaskId, int? MapIndex, int Attempt, string Error);

/// <summary>What the engine does for a running attempt.</summary>
internal partial interface IAttemptHost
{
    string Connection(string name);

    string Variable(string name);

    Task SaveArtefactAsync(string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>The step's result as JSON: of this call or of the attempt that has done it before.</summary>
    Task<byte[]> StepAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation);

    Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation);

    Task<byte[]?> CursorAsync(CancellationToken cancellation);

    Task SaveCursorAsync(byte[] json, CancellationToken cancellation);

    /// <exception cref="WaitTaskException">The time is not over.</exception>
    Task SleepAsync(string name, TimeSpan time, CancellationToken cancellation);

    /// <returns>Null: nothing came in time.</returns>
    /// <exception cref="WaitTaskException">Nothing has come yet.</exception>
    Task<ReceivedSignal?> WaitForSignalAsync(string name, TimeSpan? timeout, CancellationToken cancellation);

    Task SignalAsync(long runId, string name, byte[] json, CancellationToken cancellation);

    /// <exception cref="WaitTaskException">No answer has come yet.</exception>
    Task<ReceivedSignal> CallbackAsync(string name, Func<Uri, Task> ask, TimeSpan within, int retries, CancellationToken cancellation);
}
