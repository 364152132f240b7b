using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Engine.Execution;

/// <summary>
/// The waits of one attempt. A wait that is not over ends the attempt: the first one that was met is what the instance then waits for, at most until the first of them is due. Since when is kept
/// as a moment, by its name.
/// </summary>
/// <param name="assignment">The attempt.</param>
/// <param name="workerId">Whose it is.</param>
/// <param name="store">Where signals are.</param>
/// <param name="children">Where runs are that the body starts.</param>
/// <param name="steps">What the instance keeps over its attempts.</param>
/// <param name="idempotencyKey">The instance's.</param>
/// <param name="publicUrl">The console's address as others reach it; null: nobody has said it.</param>
/// <param name="log">The attempt's.</param>
/// <param name="now">The attempt's time.</param>
/// <param name="time">What waits for a store that is away.</param>
/// <param name="payloads">Decodes what was sent.</param>
internal sealed partial class AttemptWaits(
    Assignment assignment, int workerId, ISignalStore store, IChildStore children, AttemptSteps steps, string idempotencyKey, Uri? publicUrl, ILogger log, Func<DateTimeOffset> now, TimeProvider time, Payloads payloads)
{
    /// <summary>What the names of signals begin with that are answers; nobody else may send such.</summary>
    internal const string CallbackPrefix = "callback:";

    private const int LongestName = 100;
    private readonly Dictionary<string, int> _asked = [];
    private readonly Dictionary<string, Task<int>> _taken = [];
    private readonly Lock _gate = new();

    /// <summary>What the attempt waits for: it ends so, even where its body has caught the exception.</summary>
    public WaitTaskException? Pending { get; private set; }

    /// <summary>The attempt's; null: nobody listens.</summary>
    public Activity? Span { get; init; }

    public async Task SleepAsync(string name, TimeSpan length, CancellationToken cancellation)
    {
        var due = await steps.MomentAsync($"sleep {name}", cancellation).ConfigureAwait(false) + length;
        if (now() < due)
            throw Park(due, null, string.Create(CultureInfo.InvariantCulture, $"sleeps until {due:yyyy-MM-dd HH:mm:ss} UTC: {name}"));
    }

    /// <summary>The next signal of this name; null: it did not come in time.</summary>
    public async Task<ReceivedSignal?> WaitAsync(string name, TimeSpan? timeout, CancellationToken cancellation)
    {
        Check(name);
        return await NextAsync(name, timeout, $"waits for the signal {name}", cancellation).ConfigureAwait(false);
    }

    /// <summary>To another run: under a name made of the instance and the signal's place among those that it sends, so that it is sent once.</summary>
    public async Task SendAsync(long runId, string name, byte[] json, CancellationToken cancellation)
    {
        Check(name);
        var once = string.Create(CultureInfo.InvariantCulture, $"{idempotencyKey} {assignment.FirstStartedAt.UtcTicks} {Place($"send {runId} {name}")}");
        var by = string.Create(CultureInfo.InvariantCulture, $"run {assignment.Key.RunId}, task {idempotencyKey.Split('/')[2]}");
        try
        {
            await Patience.UntilThereAsync(
                async () =>
                {
                    await store.SendSignalAsync(runId, name, json, once, by, Traces.Current, cancellation).ConfigureAwait(false);
                    return true;
                },
                time,
                cancellation).ConfigureAwait(false);
        }
        catch (RefusedException e)
        {
            throw new FailTaskException($"The signal '{name}' was not sent: {e.Message}");
        }
    }

    /// <summary>Asks for an answer, round by round, each with an address of its own; an answer to an earlier one counts while that is valid.</summary>
    public async Task<ReceivedSignal> CallbackAsync(string name, Func<Uri, Task> ask, TimeSpan within, int retries, CancellationToken cancellation)
    {
        Check(name);
        if (within <= TimeSpan.Zero || retries < 0)
            throw new FailTaskException($"Callback '{name}': an answer is waited for longer than zero, and it is asked again zero or more times.");
        var console = publicUrl ?? throw new FailTaskException(
            $"Callback '{name}' needs an address that others can reach. Set PIPELINES_PUBLIC_URL of the workers to the console's, such as https://pipelines.example.com/.");
        // The instance's own: elements of a mapped task ask by the same name, and each is to get its own answer.
        var signal = string.Create(CultureInfo.InvariantCulture, $"{CallbackPrefix}{idempotencyKey.Split('/')[2]}{(assignment.Key.MapIndex < 0 ? "" : $"[{assignment.Key.MapIndex}]")}:{name}");
        for (var round = 0; round <= retries; round++)
        {
            await steps.RunAsync(
                string.Create(CultureInfo.InvariantCulture, $"ask {name} #{round + 1}"),
                async () =>
                {
                    await ask(await OpenAsync(console, signal, within, cancellation).ConfigureAwait(false)).ConfigureAwait(false);
                    return "null"u8.ToArray();
                },
                RetryPolicy.None,
                cancellation).ConfigureAwait(false);
            if (await NextAsync(signal, within, $"waits to be called back: {name}", cancellation, round).ConfigureAwait(false) is { } answer)
                return answer;
            WaitLog.NoAnswer(log, name, within, round + 1, retries + 1);
        }

        throw new TimeoutException($"Nobody called back for '{name}' within {within}" + (retries > 0 ? $", asked {retries + 1} times." : "."));
    }

    /// <summary>The secret is 256 random bits, of which only the hash is stored.</summary>
    private async Task<Uri> OpenAsync(Uri console, string signal, TimeSpan within, CancellationToken cancellation)
    {
        var secret = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(secret));
        var id = await Patience.UntilThereAsync(
            () => store.OpenCallbackAsync(workerId, assignment.Key, assignment.Attempt, signal, hash, within, Traces.Current, cancellation), time, cancellation).ConfigureAwait(false)
            ?? throw new OperationCanceledException("The attempt is no longer this worker's.");
        return new Uri(console, string.Create(CultureInfo.InvariantCulture, $"callbacks/{id}/{secret}"));
    }

    private async Task<ReceivedSignal?> NextAsync(string name, TimeSpan? timeout, string why, CancellationToken cancellation, int? round = null)
    {
        var place = round ?? Place(name);
        // A signal is known by how many of its name the body has had before it, in every attempt: a wait that was in vain has had none.
        var had = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> before;
        lock (_gate)
            (before, _taken[name]) = (_taken.GetValueOrDefault(name, Task.FromResult(0)), had.Task);
        var nth = await before.ConfigureAwait(false);
        try
        {
            var signal = await NextAsync(name, nth, place, timeout, why, cancellation).ConfigureAwait(false);
            nth += signal is null ? 0 : 1;
            return signal;
        }
        finally
        {
            had.SetResult(nth);
        }
    }

    private async Task<ReceivedSignal?> NextAsync(string name, int nth, int place, TimeSpan? timeout, string why, CancellationToken cancellation)
    {
        var wait = string.Create(CultureInfo.InvariantCulture, $"{name} #{place + 1}");
        DateTimeOffset? due = timeout is { } limit ? await steps.MomentAsync($"wait {wait}", cancellation).ConfigureAwait(false) + limit : null;
        if (await steps.KnowsMomentAsync($"gave up {wait}", cancellation).ConfigureAwait(false))
            return null;
        var taken = await Patience.UntilThereAsync(
            () => store.TakeSignalAsync(workerId, assignment.Key, assignment.Attempt, name, nth, cancellation), time, cancellation).ConfigureAwait(false);
        if (taken is not null)
        {
            Traces.Link(Span, taken.TraceParent);
            return new ReceivedSignal(payloads.Decode(taken.Json, $"The signal '{name}'"), taken.SentBy, taken.SentAt);
        }

        if (now() < due || due is null)
            throw Park(due, name, why + (due is { } until ? string.Create(CultureInfo.InvariantCulture, $", until {until:yyyy-MM-dd HH:mm:ss} UTC") : ""));
        await steps.MomentAsync($"gave up {wait}", cancellation).ConfigureAwait(false);
        return null;
    }

    private int Place(string name)
    {
        lock (_gate)
            return _asked[name] = _asked.GetValueOrDefault(name, -1) + 1;
    }

    private WaitTaskException Park(DateTimeOffset? due, string? signal, string why, (long RunId, string Dag)? child = null)
    {
        // The first that was met says what is waited for; the one that is due first, when to look again. Looking early does no harm.
        lock (_gate)
            return Pending = Pending?.NotAfter(due) ?? new WaitTaskException(due, signal, why) { Child = child };
    }

    private static void Check(string name)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw new FailTaskException($"The name of a signal has 1 to {LongestName} letters, digits, '_', '-' or '.' (ASCII): '{name}' has not.");
    }
}

internal static partial class WaitLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody called back for '{Name}' within {Within} (asked {Round} of {Rounds} times).")]
    public static partial void NoAnswer(ILogger logger, string name, TimeSpan within, int round, int rounds);
}
