namespace Pipelines.Engine.Ports;

/// <summary>A signal that an instance has taken.</summary>
/// <param name="Json">UTF-8 JSON; null: nothing was sent with it.</param>
/// <param name="SentBy">Who.</param>
/// <param name="SentAt">When it was acknowledged.</param>
public sealed record StoredSignal(byte[]? Json, string SentBy, DateTimeOffset SentAt)
{
    /// <summary>The W3C traceparent that it was sent in; null: none.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>What bodies that wait ask of the store.</summary>
public interface ISignalStore
{
    /// <summary>The signal that the instance has taken as its nth of this name (from 0), or takes now; null: none has come.</summary>
    /// <exception cref="OperationCanceledException">The attempt is not this worker's any more.</exception>
    Task<StoredSignal?> TakeSignalAsync(int workerId, InstanceKey key, short attempt, string name, int nth, CancellationToken cancellation);

    /// <summary>Sends a signal from a body, in the trace of that; the same once again changes nothing.</summary>
    /// <exception cref="RefusedException">There is no such run, it has ended, or what is sent is not what it waits for.</exception>
    Task SendSignalAsync(long runId, string name, byte[] json, string once, string by, string? traceParent, CancellationToken cancellation);

    /// <summary>Keeps the hash of an address's secret: whoever knows the secret may send this signal until then.</summary>
    /// <returns>Its number; null: the attempt is not this worker's any more.</returns>
    Task<long?> OpenCallbackAsync(int workerId, InstanceKey key, short attempt, string signal, byte[] hash, TimeSpan lifetime, string? traceParent, CancellationToken cancellation);
}
