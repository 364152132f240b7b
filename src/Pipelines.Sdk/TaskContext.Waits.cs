namespace Pipelines;

/// <content>
/// Waits inside a body. Each ends the attempt and frees its slot; when it is over, a new attempt runs the body again from its start, and finds behind it what it has waited for. What lies before a
/// wait belongs into steps (<see cref="Step{T}"/>), which are not done twice.
/// </content>
public sealed partial class TaskContext
{
    /// <summary>
    /// Waits so long without holding a slot: seconds or months, by the database's clock, counted from when it was first asked for by this name. It costs a row, spends no retry, and outlives every process.
    /// </summary>
    /// <param name="name">Tells one wait from another, 1 to 150 characters.</param>
    /// <param name="time">How long; an attempt that finds more of it past than that goes on at once.</param>
    /// <exception cref="FailTaskException">The name is no name.</exception>
    /// <remarks>It leaves the body by an exception, which a body must not catch; one that does is stopped at its end. In a context that was made by hand it returns at once.</remarks>
    /// <example>
    /// <code>
    /// await context.Step("suspend", () => SuspendAsync(customer));
    /// await context.SleepAsync("cool_down", TimeSpan.FromDays(7));
    /// await context.Step("resume", () => ResumeAsync(customer));
    /// </code>
    /// </example>
    public Task SleepAsync(string name, TimeSpan time) => Host is null ? Task.CompletedTask : Host.SleepAsync(name, time, Cancellation);

    /// <summary>
    /// Waits, without holding a slot, until the run is sent a signal of this name. One that came early is there already; the second call of a name gets the second signal, or, where the
    /// first one came to null, the first. Each signal is taken by one task, once, and found again by its later attempts.
    /// </summary>
    /// <param name="name">The signal's name, 1 to 100 letters, digits, '_', '-' or '.'.</param>
    /// <param name="timeout">The longest wait, from when it was first asked for; null: no limit.</param>
    /// <typeparam name="T">What was sent.</typeparam>
    /// <returns>Null: nothing came in time, and nothing that comes later changes that.</returns>
    /// <exception cref="FailTaskException">What was sent is no <typeparamref name="T"/>; the name is no name.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// if (await context.WaitForSignalAsync&lt;Review>("review", timeout: TimeSpan.FromHours(24)) is not { } review)
    ///     throw context.Fail("nobody reviewed it within a day");
    /// </code>
    /// </example>
    public async Task<Signal<T>?> WaitForSignalAsync<T>(string name, TimeSpan? timeout = null) =>
        await Needed(nameof(WaitForSignalAsync)).WaitForSignalAsync(name, timeout, Cancellation).ConfigureAwait(false) is { } came ? Read<T>(name, came) : null;

    /// <summary>Sends a signal to another run, once however often this task is tried; when it returns, the signal is stored.</summary>
    /// <param name="runId">The run; it may wait for the signal later.</param>
    /// <param name="name">The signal's name.</param>
    /// <param name="value">At most 1 MB of JSON.</param>
    /// <typeparam name="T">What is sent.</typeparam>
    /// <exception cref="FailTaskException">There is no such run, it has ended, or it waits for something else under this name.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example><code>await context.SignalAsync(order.RunId, "shipped", new Parcel(order.Id));</code></example>
    public Task SignalAsync<T>(long runId, string name, T value) => Needed(nameof(SignalAsync)).SignalAsync(runId, name, OutputJson.Write(value), Cancellation);

    /// <summary>
    /// Asks somebody else to do something and to call back, and waits for that without holding a slot. <paramref name="ask"/> gets an address to hand over: secret, for one answer, valid
    /// for <paramref name="within"/>. It answers to a POST whose body is the result, also when it is repeated.
    /// </summary>
    /// <param name="name">Tells one call from another, 1 to 100 letters, digits, '_', '-' or '.'.</param>
    /// <param name="ask">Hands the address over; a step, done once for each address.</param>
    /// <param name="within">How long an answer is waited for.</param>
    /// <param name="retries">How often it is asked again, with a new address, when no answer comes.</param>
    /// <typeparam name="T">What the answer holds, as JSON.</typeparam>
    /// <returns>The answer.</returns>
    /// <exception cref="TimeoutException">No answer came, however often it was asked.</exception>
    /// <exception cref="FailTaskException">The answer is no <typeparamref name="T"/>; nobody has said under which address the console is reached (PIPELINES_PUBLIC_URL).</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// var label = await context.CallbackAsync&lt;Label>("carrier", url => OrderLabelAsync(parcel, url), within: TimeSpan.FromHours(24), retries: 2);
    /// </code>
    /// </example>
    public async Task<T> CallbackAsync<T>(string name, Func<Uri, Task> ask, TimeSpan within, int retries = 0)
    {
        ArgumentNullException.ThrowIfNull(ask);
        return Read<T>(name, await Needed(nameof(CallbackAsync)).CallbackAsync(name, ask, within, retries, Cancellation).ConfigureAwait(false)).Value;
    }

    private static Signal<T> Read<T>(string name, ReceivedSignal came)
    {
        try
        {
            return new Signal<T>(OutputJson.Read<T>(came.Json ?? "null"u8.ToArray()), came.SentBy, came.SentAt);
        }
        catch (FailTaskException e)
        {
            throw new FailTaskException($"The signal '{name}' that {came.SentBy} sent does not fit. {e.Message}");
        }
    }
}

/// <summary>A signal as the engine hands it to a body.</summary>
internal sealed record ReceivedSignal(byte[]? Json, string SentBy, DateTimeOffset SentAt);

/// <summary>Ends an attempt that waits.</summary>
/// <param name="due">When it goes on at the latest; null: with the signal only.</param>
/// <param name="signal">The signal that it waits for; null: for the time alone.</param>
/// <param name="why">For people.</param>
internal sealed class WaitTaskException(DateTimeOffset? due, string? signal, string why) : PipelinesException(why)
{
    public DateTimeOffset? Due { get; } = due;

    public string? Signal { get; } = signal;

    /// <summary>The run that it has started and waits for.</summary>
    public (long RunId, string Dag)? Child { get; init; }

    /// <summary>The same wait, which goes on at this time at the latest.</summary>
    public WaitTaskException NotAfter(DateTimeOffset? latest) => latest is null || Due <= latest ? this : new(latest, Signal, Message) { Child = Child };
}
