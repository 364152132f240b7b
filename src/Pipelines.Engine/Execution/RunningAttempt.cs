using System.Diagnostics;
using Pipelines.Engine.Codecs;
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

    /// <summary>Its body has given no heartbeat for too long.</summary>
    Silent,

    /// <summary>The store has taken the attempt back and may have given out the next one: nothing may be reported.</summary>
    Fenced,
}

/// <summary>An attempt that holds a slot of this worker.</summary>
public sealed class RunningAttempt(Assignment assignment, int workerId) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _received = Stopwatch.GetTimestamp();
    private long _beat = Stopwatch.GetTimestamp();
    private int _reason;

    public Assignment Assignment { get; } = assignment;

    public int WorkerId { get; } = workerId;

    /// <summary>The trace of its run; null: nobody listens.</summary>
    public RunTrace? Trace { get; set; }

    /// <summary>Its span, where somebody listens.</summary>
    public Activity? Span { get; set; }

    /// <summary>Whether the store has its end already, by a transaction of the body's: nothing is to be reported.</summary>
    public bool HasEnded { get; set; }

    /// <summary>How its task's output is encoded.</summary>
    internal PayloadShape Shape { get; set; } = PayloadShape.Whole;

    /// <summary>What its body waits for without a slot; null: the body has not begun.</summary>
    internal AttemptWaits? Waits { get; set; }

    /// <summary>What its body tells; null: the body has not begun.</summary>
    internal AttemptValues? Values { get; set; }

    /// <summary>Since the body began, or gave its last heartbeat.</summary>
    internal TimeSpan Silence => Stopwatch.GetElapsedTime(Volatile.Read(ref _beat));

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>It is no longer this worker's: it may not begin, and nothing of it may be reported.</summary>
    public bool IsTakenBack => Reason is StopReason.LeaseLost or StopReason.Fenced;

    public CancellationToken Token => _cancel.Token;

    public Task StopAsked => _stopAsked.Task;

    /// <summary>Since the worker got it.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_received);

    /// <summary>The database's time, carried on by the monotonic clock: a worker's own clock may be hours off.</summary>
    public DateTimeOffset Now => Assignment.StartedAt + Elapsed;

    internal void Beat() => Volatile.Write(ref _beat, Stopwatch.GetTimestamp());

    /// <summary>Tells the body to stop. The first reason stays.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None)
            return;
        _stopAsked.TrySetResult();
        ThreadPool.UnsafeQueueUserWorkItem(static source => CancelQuietly(source), _cancel, preferLocal: false);
    }

    public void Dispose()
    {
        _cancel.Dispose();
        Values?.Dispose();
    }

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
