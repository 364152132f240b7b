using System.Diagnostics;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>Why an attempt was told to stop.</summary>
public enum StopReason
{
    None,
    Cancelled,
    TimedOut,
    Draining,
    LeaseLost,
    LogTooLong,

    /// <summary>The store has taken the attempt back and may have given out the next one: nothing may be reported.</summary>
    Fenced,
}

/// <summary>An attempt that holds a slot of this worker.</summary>
public sealed class RunningAttempt(Assignment assignment, int workerId) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _received = Stopwatch.GetTimestamp();
    private int _reason;

    public Assignment Assignment { get; } = assignment;

    public int WorkerId { get; } = workerId;

    /// <summary>The trace of its run; null: nobody listens.</summary>
    public RunTrace? Trace { get; set; }

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    public CancellationToken Token => _cancel.Token;

    public Task StopAsked => _stopAsked.Task;

    /// <summary>Since the worker got it.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_received);

    /// <summary>The database's time, carried on by the monotonic clock: a worker's own clock may be hours off.</summary>
    public DateTimeOffset Now => Assignment.StartedAt + Elapsed;

    /// <summary>Tells the body to stop. The first reason stays.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None)
            return;
        _stopAsked.TrySetResult();
        ThreadPool.UnsafeQueueUserWorkItem(static source => CancelQuietly(source), _cancel, preferLocal: false);
    }

    public void Dispose() => _cancel.Dispose();

    /// <summary>Callbacks that a body hung on its token run here and may throw.</summary>
    private static void CancelQuietly(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception e) when (e is AggregateException or ObjectDisposedException)
        {
        }
    }
}
