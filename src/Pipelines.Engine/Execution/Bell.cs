using System.Threading.Channels;

namespace Pipelines.Engine.Execution;

/// <summary>Wakes one waiting loop; rings while it is awake are remembered as one.</summary>
public sealed class Bell : IDisposable
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Timer? _poll;

    /// <param name="every">Rings by itself this often; null: only when rung.</param>
    public Bell(TimeSpan? every = null) => _poll = every is { } period ? new Timer(_ => Ring(), null, period, period) : null;

    public void Ring() => _rings.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _rings.Reader.ReadAsync(cancellation);

    public void Dispose() => _poll?.Dispose();
}
