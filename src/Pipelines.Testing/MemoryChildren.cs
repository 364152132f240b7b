using Pipelines.Engine.Ports;

namespace Pipelines.Testing;

/// <summary>A run that stands for one of another DAG; with <see cref="Closes"/> it is cancelled when the run under test ends before it.</summary>
internal sealed record MemoryChild(string TaskId, string DagId, long RunId, byte[]? Arguments, bool Closes)
{
    /// <summary>Whoever has started it is told of its end, and tried again.</summary>
    public bool Over { get; set; }

    public bool Cancelled { get; set; }
}

/// <summary>The runs of other DAGs that a run in memory has started: they come to what the test says.</summary>
internal sealed class MemoryChildren(long parent, DagSpec spec, MemorySettings settings) : IChildStore
{
    private readonly Dictionary<(InstanceKey, string), MemoryChild> _named = [];
    private readonly Lock _gate = new();

    public List<MemoryChild> All { get; } = [];

    public MemoryChild Start(string taskId, string dag, byte[]? arguments, bool closes)
    {
        var child = new MemoryChild(taskId, dag, parent + All.Count + 1, arguments, closes);
        All.Add(child);
        return child;
    }

    /// <summary>Ends the one that a body waits for, if the test says that it ends.</summary>
    public bool End(long runId)
    {
        lock (_gate)
        {
            var child = All.First(one => one.RunId == runId);
            return child.Over = settings.Elsewhere(child.DagId) is not null;
        }
    }

    /// <summary>The run has ended: what it has started goes on without it, or does not.</summary>
    public void Close()
    {
        foreach (var child in All.Where(one => one.Closes && settings.Elsewhere(one.DagId) is null))
            child.Cancelled = true;
    }

    public Task<long> StartChildAsync(int workerId, InstanceKey key, short attempt, NewChild child, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_named.TryGetValue((key, child.Name), out var made))
                _named[(key, child.Name)] = made = Start(spec.Tasks[key.TaskNo].Id, child.DagId, child.Arguments is { } json ? System.Text.Encoding.UTF8.GetBytes(json) : null, child.Closes);
            return Task.FromResult(made.RunId);
        }
    }

    public Task<ChildRun?> ReadChildAsync(long runId, string? result, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var child = All.First(one => one.RunId == runId);
            var state = child.Cancelled ? 'c' : child.Over ? settings.Elsewhere(child.DagId) ?? 'r' : 'r';
            return Task.FromResult<ChildRun?>(new ChildRun(runId, state, result is null ? null : settings.Results.GetValueOrDefault(child.DagId), NoResult(child.DagId)));
        }
    }

    public Task StopChildAsync(long parentId, long runId, string why, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var child = All.First(one => one.RunId == runId);
            child.Cancelled = child.Closes;
        }

        return Task.CompletedTask;
    }

    public static string NoResult(string dag) => $"this test does not say what a run of '{dag}' returns: .WithResultOf(\"{dag}\", ...)";
}
