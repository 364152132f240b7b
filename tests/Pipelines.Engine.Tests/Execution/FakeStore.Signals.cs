using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

/// <content>Signals: each is taken once, by whoever asks first.</content>
public sealed partial class FakeStore
{
    private readonly List<(InstanceKey Key, string Name, StoredSignal Signal)> _taken = [];

    /// <summary>Those that nobody has taken.</summary>
    public List<(long RunId, string Name, StoredSignal Signal)> Signals { get; } = [];

    /// <summary>What bodies have sent, under the names that make it one.</summary>
    public Dictionary<string, (long RunId, string Name, string By)> Sent { get; } = [];

    /// <summary>In which traces signals were sent and addresses handed out.</summary>
    public List<string?> Traced { get; } = [];

    /// <summary>The hashes of the addresses that were handed out.</summary>
    public List<byte[]> Callbacks { get; } = [];

    public async Task<StoredSignal?> TakeSignalAsync(int workerId, InstanceKey key, short attempt, string name, int nth, CancellationToken cancellation)
    {
        await Before("take_signal", [], cancellation);
        lock (_gate)
        {
            var mine = _taken.Where(taken => taken.Key == key && taken.Name == name).ToList();
            if (nth < mine.Count)
                return mine[nth].Signal;
            var at = Signals.FindIndex(signal => signal.RunId == key.RunId && signal.Name == name);
            if (at < 0)
                return null;
            var found = Signals[at].Signal;
            Signals.RemoveAt(at);
            _taken.Add((key, name, found));
            return found;
        }
    }

    public async Task SendSignalAsync(long runId, string name, byte[] json, string once, string by, string? traceParent, CancellationToken cancellation)
    {
        await Before("send_signal", [], cancellation);
        lock (_gate)
            Sent[once] = (runId, name, by);
        Traced.Add(traceParent);
    }

    public async Task<long?> OpenCallbackAsync(int workerId, InstanceKey key, short attempt, string signal, byte[] hash, TimeSpan lifetime, string? traceParent, CancellationToken cancellation)
    {
        await Before("open_callback", [], cancellation);
        lock (_gate)
        {
            Callbacks.Add(hash);
            Traced.Add(traceParent);
            return Callbacks.Count;
        }
    }
}
