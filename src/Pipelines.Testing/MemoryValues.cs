using Pipelines.Engine.Ports;

namespace Pipelines.Testing;

/// <summary>What an instance has told in memory.</summary>
internal sealed class MemoryValues(Func<DateTimeOffset> now)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private DateTimeOffset _beat = now();

    public TaskProgress? Progress { get; set; }

    public byte[]? Details { get; private set; }

    /// <summary>When its body began, or gave its last heartbeat.</summary>
    public DateTimeOffset LastBeat
    {
        get
        {
            lock (_gate)
                return _beat;
        }
    }

    public void Set(string name, byte[] json)
    {
        lock (_gate)
            _values[name] = json;
    }

    public void Beat(byte[]? details)
    {
        lock (_gate)
            (_beat, Details) = (now(), details ?? Details);
    }

    public IReadOnlyDictionary<string, byte[]> All()
    {
        lock (_gate)
            return new Dictionary<string, byte[]>(_values);
    }
}

/// <content>What the body tells.</content>
internal sealed partial class MemoryHost
{
    public void Progress(double percent, string text) => values.Progress = new TaskProgress(percent, text);

    public Task SetValueAsync(string name, byte[] json, CancellationToken cancellation)
    {
        values.Set(name, json);
        return Task.CompletedTask;
    }

    public void Heartbeat(byte[]? details) => values.Beat(details);

    public Task<byte[]?> HeartbeatDetailsAsync(CancellationToken cancellation) => Task.FromResult(values.Details);
}
