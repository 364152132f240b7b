using System.Data.Common;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <content>Steps whose work is SQL.</content>
public sealed partial class AttemptSteps
{
    private const int MostConflicts = 10;
    private const int MostLosses = 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Tries until it is done once. A commit whose answer was lost is found out by its row: that one is there already, will be before a second one can be, or never will.
    /// </summary>
    /// <returns>The result, and whether the attempt has ended with it.</returns>
    public async Task<(byte[] Output, bool Ended)> TransactAsync(
        ITransactionStore transactions, string name, Func<DbConnection, DbTransaction, Task<byte[]>> body, NamedConnection? connection, string idempotencyKey, bool completes,
        PayloadShape shape, CancellationToken cancellation)
    {
        if (await BeginAsync(name, cancellation).ConfigureAwait(false) is { } done)
            return (done, false);
        var call = new TransactionCall(workerId, assignment.Key, assignment.Attempt, assignment.FirstStartedAt, name, idempotencyKey, connection, completes) { Look = assignment.Attempt > 1 };
        var began = time.GetTimestamp();
        var (conflicts, losses) = (0, 0);
        for (; ; call = call with { Tries = call.Tries + 1, Look = true })
        {
            var wait = LongestPause;
            try
            {
                var answer = await transactions.TransactAsync(
                    call, async (open, transaction) => payloads.Encode(await body(open, transaction).ConfigureAwait(false), shape), cancellation).ConfigureAwait(false);
                answer = answer with { Output = payloads.Decode(answer.Output, What(StepKind.Step, name)) };
                return answer.End switch
                {
                    TransactionEnd.Kept or TransactionEnd.Completed => (await TakeAsync(name, answer.Output!, cancellation).ConfigureAwait(false), answer.End == TransactionEnd.Completed),
                    TransactionEnd.Elsewhere => (await KeepAsync(new FinishedStep(StepKind.Step, name, answer.Output, null, call.Tries, Seconds()), cancellation).ConfigureAwait(false) ?? "null"u8.ToArray(), false),
                    _ => await FoundAsync().ConfigureAwait(false) ?? throw new OperationCanceledException("The attempt is no longer this worker's."),
                };
            }
            catch (TransactionConflictException e) when (++conflicts < MostConflicts)
            {
                wait = Backoff(0.01, conflicts);
                StepLog.Conflict(log, name, conflicts, e.Message);
            }
            catch (TransactionLostException e) when (e.Uncertain || ++losses < MostLosses)
            {
                wait = Backoff(0.1, losses);
                StepLog.Lost(log, name, e.Message);
                if (e.Uncertain && await FoundAsync().ConfigureAwait(false) is { } found)
                    return found;
            }
            catch (StoreUnavailableException)
            {
                wait = Backoff(0.25, 1);
            }
            catch (Exception e) when (e is not PipelinesException && !(e is OperationCanceledException && cancellation.IsCancellationRequested))
            {
                await TrySaveAsync(new FinishedStep(StepKind.Step, name, null, Mask.Of($"{e.GetType().Name}: {e.Message}"), call.Tries, Seconds()), cancellation).ConfigureAwait(false);
                throw;
            }

            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
        }

        double Seconds() => time.GetElapsedTime(began).TotalSeconds;

        // Kept by this attempt, it may have ended with it: then nobody else can have.
        async Task<(byte[] Output, bool Ended)?> FoundAsync() =>
            (await StoredAsync(cancellation).ConfigureAwait(false)).FirstOrDefault(step => step.Kind == StepKind.Step && step.Name == name) is { } step
                ? (await TakeAsync(name, step.Output ?? "null"u8.ToArray(), cancellation).ConfigureAwait(false), completes && step.Attempt == assignment.Attempt)
                : null;
    }

    private async Task<byte[]> TakeAsync(string name, byte[] output, CancellationToken cancellation)
    {
        (await KnownAsync(cancellation).ConfigureAwait(false))[(StepKind.Step, name)] = new StoredStep(StepKind.Step, name, assignment.Attempt, output);
        return output;
    }

    private static TimeSpan Backoff(double first, int times)
    {
        var seconds = first * Math.Pow(2, Math.Min(times, 20) - 1) * (0.5 + Random.Shared.NextDouble());
        return TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds));
    }
}

internal static partial class StepLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Transaction '{Name}' was rolled back for another one's sake ({Times}): {Why} It is done again.")]
    public static partial void Conflict(ILogger logger, string name, int times, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Transaction '{Name}' lost its connection: {Why}")]
    public static partial void Lost(ILogger logger, string name, string why);
}
