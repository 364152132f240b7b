using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Which instances a clear touches: a task or one of its elements, everything below it, and the setups of teardowns among that, for
/// what they made has been taken down.
/// </summary>
public static class ClearSet
{
    /// <summary>Keys in the order of the graph; map index -1 stands for a task with all its elements.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">Its version's graph.</param>
    /// <param name="taskId">The task to clear; it is in the graph.</param>
    /// <param name="mapIndex">One element of it; -1: all.</param>
    /// <param name="downstream">Everything below as well. Below one element of a mapped group that is the same element of the group's tasks.</param>
    public static IReadOnlyList<InstanceKey> Of(long runId, DagSpec spec, string taskId, int mapIndex = -1, bool downstream = true)
    {
        var number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);
        var cleared = new SortedDictionary<int, int> { [number[taskId]] = mapIndex };
        // The order of definition is a topological order: what is above a task has been decided when its turn comes.
        for (var no = number[taskId] + 1; downstream && no < spec.Tasks.Count; no++)
        {
            foreach (var edge in spec.Tasks[no].Upstreams)
            {
                if (!cleared.TryGetValue(number[edge.Task], out var above))
                    continue;
                var index = edge.Kind == EdgeKind.Index ? above : -1;
                cleared[no] = cleared.TryGetValue(no, out var known) ? Math.Min(known, index) : index;
            }
        }

        foreach (var teardown in cleared.Keys.Where(no => spec.Tasks[no].Role == TaskRole.Teardown).ToList())
        {
            foreach (var setup in spec.Tasks[teardown].Upstreams.Where(edge => edge.Kind == EdgeKind.Outcome))
                cleared[number[setup.Task]] = -1;
        }

        return [.. cleared.Select(pair => new InstanceKey(runId, pair.Key, pair.Value))];
    }
}
