using System.Security.Cryptography;
using System.Text;

namespace Pipelines;

/// <content>What lasts longer than an attempt: a task that is tried again goes on where it was.</content>
public sealed partial class TaskContext
{
    /// <summary>
    /// Does a part of the task once: what it returns is kept, and the next attempt (after a failure, or a worker that was killed) takes it over instead of doing it again.
    /// It is kept by its name until the task is cleared; the code around it may change and move. What it does to the world is done at least once: it is
    /// repeated when the worker dies between the end of <paramref name="body"/> and the moment its result is stored.
    /// </summary>
    /// <param name="name">Its name, 1 to 200 characters; in one attempt each name is used once. In a loop put the element into it: <c>$"copy {table}"</c>.</param>
    /// <param name="body">The part. Its result becomes JSON, at most 1 MB.</param>
    /// <param name="retry">When the part is tried again by itself, within the attempt; null: a failure is the attempt's.</param>
    /// <typeparam name="T">What it returns: it is read back from its JSON in the first attempt too, so that all attempts see the same.</typeparam>
    /// <exception cref="FailTaskException">The name is no name, or it was used in this attempt already; the result is no JSON or too large.</exception>
    /// <exception cref="DagDefinitionException">The retry policy is none.</exception>
    /// <remarks>In a context that was made by hand, for a unit test, the part is just done.</remarks>
    /// <example>
    /// <code>
    /// var file = await context.Step("download", () => DownloadAsync(day));
    /// await context.Step("load", () => LoadAsync(file), RetryPolicy.None with { Retries = 3 });
    /// </code>
    /// </example>
    public async Task<T> Step<T>(string name, Func<Task<T>> body, RetryPolicy? retry = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        (retry ?? RetryPolicy.None).Check(TaskId);
        var json = Host is null
            ? OutputJson.Write(await body().ConfigureAwait(false))
            : await Host.StepAsync(name, async () => OutputJson.Write(await body().ConfigureAwait(false)), retry ?? RetryPolicy.None, Cancellation).ConfigureAwait(false);
        return OutputJson.Read<T>(json);
    }

    /// <summary>The same for a part that returns nothing.</summary>
    /// <param name="name">Its name, once an attempt.</param>
    /// <param name="body">The part.</param>
    /// <param name="retry">When it is tried again by itself.</param>
    /// <exception cref="FailTaskException">The name is no name, or it was used in this attempt already.</exception>
    /// <example><code>await context.Step("publish", () => PublishAsync(report));</code></example>
    public Task Step(string name, Func<Task> body, RetryPolicy? retry = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Step<object?>(
            name,
            async () =>
            {
                await body().ConfigureAwait(false);
                return null;
            },
            retry);
    }

    /// <summary>How far the task has come, kept over attempts: a load of ten million rows goes on after its last batch.</summary>
    /// <example>
    /// <code>
    /// var last = await context.Cursor.ReadAsync&lt;long>();
    /// await foreach (var batch in RowsAfterAsync(last))
    /// {
    ///     await LoadAsync(batch);
    ///     await context.Cursor.SaveAsync(batch.LastId);
    /// }
    /// </code>
    /// </example>
    public TaskCursor Cursor => field ??= new TaskCursor(this);

    /// <summary>A Guid that is the same in all attempts of this task instance, made from it and the name (RFC 9562, version 8, of SHA-256).</summary>
    /// <param name="name">Tells one from another.</param>
    /// <example><code>var payment = context.NewGuid("payment");</code></example>
    public Guid NewGuid(string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{IdempotencyKey}\n{name}")).AsSpan(0, 16);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x80);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The database's time (UTC) at which this was first asked for by this name: the same in all attempts.</summary>
    /// <param name="name">Tells one moment from another, 1 to 200 characters.</param>
    /// <exception cref="InvalidOperationException">The context was made by hand: there is no database whose time it could be.</exception>
    /// <example><code>var until = await context.Now("asked") + TimeSpan.FromHours(24);</code></example>
    public Task<DateTimeOffset> Now(string name) => Needed(nameof(Now)).MomentAsync(name, Cancellation);
}
