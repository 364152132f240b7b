using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>The locks of one attempt, and its places under rates.</summary>
/// <param name="assignment">The attempt.</param>
/// <param name="workerId">Whose it is.</param>
/// <param name="store">Where locks and rates are kept.</param>
/// <param name="log">The attempt's.</param>
public sealed class AttemptLocks(Assignment assignment, int workerId, ILockStore store, ILogger log)
{
    private static readonly TimeSpan PlaceKept = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);

    public async Task<TaskLock> TakeAsync(string name, TimeSpan lease, TimeSpan? wait, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        var request = Guid.NewGuid();
        var waiting = false;
        try
        {
            for (var asked = 0; ; asked++)
            {
                var at = Stopwatch.GetTimestamp();
                var answer = await Patience.UntilThereAsync(
                    () => store.TakeLockAsync(workerId, assignment.Key, assignment.Attempt, name, request, lease, PlaceKept, cancellation), TimeProvider.System, cancellation).ConfigureAwait(false)
                    ?? throw new OperationCanceledException("The attempt is no longer this worker's.");
                if (answer.Token is { } token)
                {
                    waiting = false;
                    return new HeldLock(store, name, token, lease, at).Start();
                }

                if (asked == 0 && wait != TimeSpan.Zero)
                    LockLog.Waits(log, name, answer.HeldBy ?? "it is about to be given on", answer.Before);
                waiting = true;
                // The first in line asks four times a second, the others once.
                var pause = TimeSpan.FromMilliseconds(Math.Min(answer.Before == 0 ? 250 : 1000, 20 * Math.Pow(1.5, Math.Min(asked, 20))));
                if (wait is { } most)
                {
                    var left = most - Stopwatch.GetElapsedTime(began);
                    if (left <= TimeSpan.Zero)
                        throw new TimeoutException($"The lock '{name}' was not free within {most}: {answer.HeldBy ?? "it was just given on"}{(answer.Before > 0 ? $", and {answer.Before} waited before this one" : "")}.");
                    pause = left < pause ? left : pause;
                }

                await Task.Delay(pause, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            if (waiting)
                await LeaveAsync(request).ConfigureAwait(false);
        }
    }

    public async Task PassAsync(string name, Rate rate, string key, CancellationToken cancellation)
    {
        RateAnswer answer;
        do
        {
            answer = await Patience.UntilThereAsync(() => store.TakeRateAsync(name, key, rate, Ahead, cancellation), TimeProvider.System, cancellation).ConfigureAwait(false);
            // Rounded up: nobody goes before their moment. One that is far off is asked for again shortly before.
            var seconds = answer.Granted ? answer.WaitSeconds : Math.Max(answer.WaitSeconds - Ahead.TotalSeconds / 2, 0.05) * (0.9 + Random.Shared.NextDouble() * 0.1);
            if (seconds > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(seconds * 1000) + 1, int.MaxValue)), cancellation).ConfigureAwait(false);
        }
        while (!answer.Granted);
    }

    /// <summary>It is over soon anyway.</summary>
    private async Task LeaveAsync(Guid request)
    {
        try
        {
            await store.LeaveLineAsync(request, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
        }
    }
}

internal static partial class LockLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Waits for the lock '{Name}': {HeldBy}; {Before} before this one.")]
    public static partial void Waits(ILogger logger, string name, string heldBy, int before);
}
