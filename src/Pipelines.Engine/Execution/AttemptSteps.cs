using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>The steps of one attempt: each done once for all attempts of its instance, and found again by name.</summary>
/// <param name="assignment">The attempt.</param>
/// <param name="workerId">Whose it is.</param>
/// <param name="store">Where they are kept.</param>
/// <param name="log">The attempt's.</param>
/// <param name="now">The attempt's time.</param>
/// <param name="time">What waits between tries.</param>
/// <param name="payloads">Encodes what is kept, but for moments.</param>
public sealed partial class AttemptSteps(Assignment assignment, int workerId, IStepStore store, ILogger log, Func<DateTimeOffset> now, TimeProvider time, Payloads payloads)
{
    private const int LongestName = 200;
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(StepKind, string), bool> _asked = [];
    private readonly Lock _gate = new();
    private Task<ConcurrentDictionary<(StepKind, string), StoredStep>>? _known;

    /// <summary>The result of a step: of the attempt that has done it before, or of <paramref name="body"/>.</summary>
    public async Task<byte[]> RunAsync(string name, Func<Task<byte[]>> body, RetryPolicy retry, CancellationToken cancellation)
    {
        if (await BeginAsync(name, cancellation).ConfigureAwait(false) is { } stored)
            return stored;
        var began = time.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            byte[] output;
            try
            {
                output = await body().ConfigureAwait(false);
            }
            catch (Exception e) when (Outcome.Cause(e) is not (PipelinesException or StoreUnavailableException) and var cause && !(cause is OperationCanceledException && cancellation.IsCancellationRequested))
            {
                if (RetryDecision.Next(retry, null, tries, TimeSpan.FromSeconds(Seconds()), e, Random.Shared.NextDouble()) is not { } wait)
                {
                    await TrySaveAsync(new FinishedStep(StepKind.Step, name, null, Outcome.Clean(Mask.Of($"{e.GetType().Name}: {e.Message}")!), tries, Seconds()), cancellation).ConfigureAwait(false);
                    throw;
                }

                StepLog.Again(log, name, tries, wait.TotalSeconds, e);
                await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
                continue;
            }

            return await KeepAsync(new FinishedStep(StepKind.Step, name, output, null, tries, Seconds()), cancellation).ConfigureAwait(false) ?? output;
        }

        double Seconds() => time.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>A step is asked for: what an attempt before this one has kept of it; null: it is to be done.</summary>
    private async Task<byte[]?> BeginAsync(string name, CancellationToken cancellation)
    {
        Check(name);
        if (!_asked.TryAdd((StepKind.Step, name), true))
            throw new FailTaskException($"Step '{name}' was asked for twice in one attempt: the second would get the first one's result. Give each step a name of its own, for example with its element in it.");
        if (await FindAsync(StepKind.Step, name, cancellation).ConfigureAwait(false) is not { } done)
            return null;
        StepLog.TakenOver(log, name, done.Attempt);
        return done.Output ?? "null"u8.ToArray();
    }

    /// <summary>When this was first asked for by this name.</summary>
    public async Task<DateTimeOffset> MomentAsync(string name, CancellationToken cancellation)
    {
        Check(name);
        var json = (await FindAsync(StepKind.Moment, name, cancellation).ConfigureAwait(false))?.Output;
        if (json is null)
        {
            json = JsonSerializer.SerializeToUtf8Bytes(now());
            json = await KeepAsync(new FinishedStep(StepKind.Moment, name, json) { Shape = PayloadShape.Plain }, cancellation).ConfigureAwait(false) ?? json;
        }

        return JsonSerializer.Deserialize<DateTimeOffset>(json);
    }

    /// <summary>Whether anybody has asked for the time by this name.</summary>
    public async Task<bool> KnowsMomentAsync(string name, CancellationToken cancellation) => await FindAsync(StepKind.Moment, name, cancellation).ConfigureAwait(false) is not null;

    public async Task<byte[]?> CursorAsync(CancellationToken cancellation) => (await FindAsync(StepKind.Cursor, "", cancellation).ConfigureAwait(false))?.Output;

    public Task SaveCursorAsync(byte[] json, CancellationToken cancellation) => KeepAsync(new FinishedStep(StepKind.Cursor, "", json), cancellation);

    /// <summary>The run goes on as another one, with these arguments.</summary>
    public Task ContinueAsync(byte[] json, PayloadShape shape, CancellationToken cancellation) => KeepAsync(new FinishedStep(StepKind.Continuation, "", json) { Shape = shape }, cancellation);

    private static void Check(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl))
            throw new FailTaskException($"The name of a step must have 1 to {LongestName} characters, and none that controls a terminal: '{name}' has not.");
    }

    private async Task<StoredStep?> FindAsync(StepKind kind, string name, CancellationToken cancellation) =>
        (await KnownAsync(cancellation).ConfigureAwait(false)).GetValueOrDefault((kind, name));

    /// <summary>Read once an attempt, when its body asks for the first time.</summary>
    private Task<ConcurrentDictionary<(StepKind, string), StoredStep>> KnownAsync(CancellationToken cancellation)
    {
        lock (_gate)
            return _known ??= LoadAsync(cancellation);
    }

    /// <summary>The first attempt of a run that nobody has cleared and that is no fork has nothing to find.</summary>
    private async Task<ConcurrentDictionary<(StepKind, string), StoredStep>> LoadAsync(CancellationToken cancellation) => new(
        (assignment is { Attempt: 1, Epoch: 0 } ? [] : await StoredAsync(cancellation).ConfigureAwait(false)).Select(step => KeyValuePair.Create((step.Kind, step.Name), step)));

    private async Task<IReadOnlyList<StoredStep>> StoredAsync(CancellationToken cancellation) =>
    [
        .. (await Patience.UntilThereAsync(() => store.LoadStepsAsync(assignment.Key, assignment.FirstStartedAt, cancellation), time, cancellation).ConfigureAwait(false))
            .Select(step => step with { Output = payloads.Decode(step.Output, What(step.Kind, step.Name)) }),
    ];

    private static string What(StepKind kind, string name) => kind switch
    {
        StepKind.Cursor => "The task's cursor",
        StepKind.Continuation => "The arguments of the run that continues this one",
        _ => $"The result of step '{name}'",
    };

    /// <summary>Keeps what was done; what another attempt has kept under this name meanwhile is what counts, and is returned.</summary>
    /// <exception cref="OperationCanceledException">The attempt is no longer this worker's.</exception>
    private async Task<byte[]?> KeepAsync(FinishedStep step, CancellationToken cancellation)
    {
        var kept = new StoredStep(step.Kind, step.Name, assignment.Attempt, step.Output);
        if (!await SaveAsync(step, cancellation).ConfigureAwait(false))
        {
            kept = (await StoredAsync(cancellation).ConfigureAwait(false)).FirstOrDefault(other => (other.Kind, other.Name) == (step.Kind, step.Name) && step.Kind is not (StepKind.Cursor or StepKind.Continuation))
                ?? throw new OperationCanceledException("The attempt is no longer this worker's.");
        }

        (await KnownAsync(cancellation).ConfigureAwait(false))[(step.Kind, step.Name)] = kept;
        return kept.Output;
    }

    /// <summary>For people to see; the attempt fails anyway.</summary>
    private async Task TrySaveAsync(FinishedStep step, CancellationToken cancellation)
    {
        try
        {
            await store.SaveStepAsync(workerId, assignment.Key, assignment.Attempt, step, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException or DataRefusedException)
        {
        }
    }

    /// <summary>Also when the attempt was told to stop: what is done is done, and must not be done again. Whether it is too late is for the store to say, or for the time that a body is given to return.</summary>
    private async Task<bool> SaveAsync(FinishedStep step, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource();
        var told = cancellation.Register(() => late.CancelAfter(Late));
        await using var _ = told.ConfigureAwait(false);
        try
        {
            var stored = step with { Output = payloads.Encode(step.Output, step.Shape) };
            return await Patience.UntilThereAsync(() => store.SaveStepAsync(workerId, assignment.Key, assignment.Attempt, stored, late.Token), time, late.Token).ConfigureAwait(false);
        }
        catch (DataRefusedException e)
        {
            throw new FailTaskException($"What '{step.Name}' returned cannot be stored: {e.Message}. The next attempt would do it again for nothing.");
        }
    }
}

internal static partial class StepLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Step '{Name}' was done in attempt {Attempt}; its result is taken over.")]
    public static partial void TakenOver(ILogger logger, string name, short attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step '{Name}' failed (try {Tries}); again in {Seconds:0.#} s.")]
    public static partial void Again(ILogger logger, string name, int tries, double seconds, Exception error);
}
