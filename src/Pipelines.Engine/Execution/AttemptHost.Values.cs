using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <content>What the body tells.</content>
internal sealed partial class AttemptHost
{
    private readonly AttemptValues _values = attempt.Values = new AttemptValues(attempt, store, TimeProvider.System, payloads);

    public void Progress(double percent, string text) => _values.Progress(percent, text);

    public Task SetValueAsync(string name, byte[] json, CancellationToken cancellation) => _values.SetAsync(name, json, cancellation);

    public void Heartbeat(byte[]? details) => _values.Heartbeat(details);

    public Task<byte[]?> HeartbeatDetailsAsync(CancellationToken cancellation) => _values.DetailsAsync(cancellation);
}

/// <summary>What one attempt tells: its values at once, progress and heartbeats in the background.</summary>
internal sealed class AttemptValues(RunningAttempt attempt, IValueStore store, TimeProvider time, Payloads payloads) : IDisposable
{
    private readonly LatestValue _progress = new((json, cancellation) => SaveAsync(attempt, store, ValueKind.Progress, "", json, cancellation), time);
    private readonly LatestValue _heartbeat = new((json, cancellation) => SaveAsync(attempt, store, ValueKind.Heartbeat, "", payloads.Encode(json), cancellation), time);
    private byte[]? _details;

    public void Progress(double percent, string text) => _progress.Set(new TaskProgress(percent, Mask.Of(text)!).ToJson());

    public async Task SetAsync(string name, byte[] json, CancellationToken cancellation)
    {
        try
        {
            if (!await Patience.UntilThereAsync(() => SaveAsync(attempt, store, ValueKind.Value, name, payloads.Encode(json), cancellation), time, cancellation).ConfigureAwait(false))
                throw new OperationCanceledException("The attempt is no longer this worker's.");
        }
        catch (DataRefusedException e)
        {
            throw new FailTaskException($"The value '{name}' cannot be stored: {e.Message}");
        }
    }

    public void Heartbeat(byte[]? details)
    {
        attempt.Beat();
        if (details is null)
            return;
        Volatile.Write(ref _details, details);
        _heartbeat.Set(details);
    }

    /// <summary>Of this attempt, else of the last one before it that gave any.</summary>
    public async Task<byte[]?> DetailsAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _details) is { } own)
            return own;
        var a = attempt.Assignment;
        return a.Attempt == 1 ? null : payloads.Decode(await Patience.UntilThereAsync(() => store.LoadHeartbeatAsync(a.Key, a.FirstStartedAt, cancellation), time, cancellation).ConfigureAwait(false), "What the last heartbeat was given");
    }

    public Task FlushAsync() => Task.WhenAll(_progress.FlushAsync(), _heartbeat.FlushAsync());

    public void Dispose()
    {
        _progress.Dispose();
        _heartbeat.Dispose();
    }

    private static Task<bool> SaveAsync(RunningAttempt attempt, IValueStore store, ValueKind kind, string name, byte[] json, CancellationToken cancellation) =>
        store.SaveValueAsync(attempt.WorkerId, attempt.Assignment.Key, attempt.Assignment.Attempt, kind, name, json, cancellation);
}
