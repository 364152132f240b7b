using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

/// <content>Runs that bodies start: they are what a test makes of them.</content>
public sealed partial class FakeStore
{
    /// <summary>What was started, by its number from 1.</summary>
    public List<NewChild> Children { get; } = [];

    /// <summary>What each has come to; running unless said.</summary>
    public Dictionary<long, ChildRun> Ended { get; } = [];

    /// <summary>Those that were told to stop.</summary>
    public List<(long RunId, string Why)> StoppedChildren { get; } = [];

    public async Task<long> StartChildAsync(int workerId, InstanceKey key, short attempt, NewChild child, CancellationToken cancellation)
    {
        await Before("start_child", [], cancellation);
        lock (_gate)
        {
            if (child.DagId == "nobody")
                throw new RefusedException("there is no DAG 'nobody' of which a run could be started");
            if (Children.FindIndex(one => one.Name == child.Name) is >= 0 and var at)
                return at + 1;
            Children.Add(child);
            return Children.Count;
        }
    }

    public async Task<ChildRun?> ReadChildAsync(long runId, string? result, CancellationToken cancellation)
    {
        await Before("read_child", [], cancellation);
        lock (_gate)
            return Ended.GetValueOrDefault(runId) ?? new ChildRun(runId, 'r', null, null);
    }

    public async Task StopChildAsync(long parentId, long runId, string why, CancellationToken cancellation)
    {
        await Before("stop_child", [], cancellation);
        lock (_gate)
            StoppedChildren.Add((runId, why));
    }
}
