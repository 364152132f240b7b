using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Which instances a clear touches: tasks or an element of one, what is below and above them as asked, and the setups and teardowns in whose scope any of that lies,
/// for what a setup made has been taken down, and what it makes anew must be. The work between such a setup and a task that is cleared goes with them: it must not
/// run before its setup, and what it did there is gone.
/// </summary>
public static class ClearSet
{
    /// <summary>Keys in the order of the graph; map index -1 stands for a task with all its elements.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">Its version's graph.</param>
    /// <param name="taskId">The task to clear; it is in the graph.</param>
    /// <param name="mapIndex">One element of it; -1: all.</param>
    /// <param name="downstream">Everything below as well. Below one element of a mapped group that is the same element of the group's tasks.</param>
    public static IReadOnlyList<InstanceKey> Of(long runId, DagSpec spec, string taskId, int mapIndex = -1, bool downstream = true) =>
        Of(runId, spec, [taskId], mapIndex, downstream, upstream: false);

    /// <summary>The same of several tasks.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">Its version's graph.</param>
    /// <param name="taskIds">The tasks to clear; they are in the graph.</param>
    /// <param name="mapIndex">One element of each; -1: all.</param>
    /// <param name="downstream">Everything below as well.</param>
    /// <param name="upstream">Everything above as well.</param>
    /// <param name="only">Of those the instances that are meant: a key of a whole task may become keys of elements, or none. Null: all.</param>
    public static IReadOnlyList<InstanceKey> Of(
        long runId, DagSpec spec, IReadOnlyCollection<string> taskIds, int mapIndex, bool downstream, bool upstream, Func<InstanceKey, IEnumerable<InstanceKey>>? only = null)
    {
        var keys = Related(runId, spec, taskIds, mapIndex, downstream, upstream);
        if (only is not null)
            keys = [.. keys.SelectMany(only)];
        // Of one element only its neighbours' setups are made anew: its siblings stand.
        var scopes = Scopes(spec, Numbers(spec), [.. keys.Select(key => key.TaskNo)], mapIndex < 0 ? [.. keys.Where(key => key.MapIndex < 0 && spec.Tasks[key.TaskNo].Role != TaskRole.Teardown).Select(key => key.TaskNo)] : []);
        return [.. keys.Where(key => !scopes.Contains(key.TaskNo)).Concat(scopes.Select(no => new InstanceKey(runId, no, -1))).OrderBy(key => (key.TaskNo, key.MapIndex))];
    }

    /// <summary>Tasks, and what is below and above them as asked; nothing else.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="spec">Its version's graph.</param>
    /// <param name="taskIds">The tasks; they are in the graph.</param>
    /// <param name="mapIndex">One element of each; -1: all.</param>
    /// <param name="downstream">Everything below as well.</param>
    /// <param name="upstream">Everything above as well.</param>
    public static IReadOnlyList<InstanceKey> Related(long runId, DagSpec spec, IReadOnlyCollection<string> taskIds, int mapIndex, bool downstream, bool upstream)
    {
        var number = Numbers(spec);
        var related = new SortedDictionary<int, int>();
        foreach (var taskId in taskIds)
            related[number[taskId]] = mapIndex;
        List<KeyValuePair<int, int>> above = upstream ? Above(spec, number, related) : [];
        if (downstream)
            AddBelow(spec, number, related);
        foreach (var (no, index) in above)
            Add(related, no, index);
        return [.. related.Select(pair => new InstanceKey(runId, pair.Key, pair.Value))];
    }

    private static Dictionary<string, int> Numbers(DagSpec spec) =>
        spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);

    /// <summary>In a topological order: what is above a task has been decided when its turn comes.</summary>
    private static void AddBelow(DagSpec spec, Dictionary<string, int> number, SortedDictionary<int, int> cleared)
    {
        foreach (var no in TaskOrder.Of(spec))
        {
            foreach (var edge in spec.Tasks[no].Upstreams)
            {
                if (cleared.TryGetValue(number[edge.Task], out var up))
                    Add(cleared, no, edge.Kind == EdgeKind.Index ? up : -1);
            }
        }
    }

    private static List<KeyValuePair<int, int>> Above(DagSpec spec, Dictionary<string, int> number, SortedDictionary<int, int> cleared)
    {
        var above = new SortedDictionary<int, int>(cleared);
        foreach (var no in TaskOrder.Of(spec).Reverse())
        {
            if (!above.TryGetValue(no, out var index))
                continue;
            foreach (var edge in spec.Tasks[no].Upstreams)
                Add(above, number[edge.Task], edge.Kind == EdgeKind.Index ? index : -1);
        }

        return [.. above];
    }

    /// <summary>The whole task, where it is wanted whole and by element.</summary>
    private static void Add(SortedDictionary<int, int> cleared, int no, int index) =>
        cleared[no] = cleared.TryGetValue(no, out var known) ? Math.Min(known, index) : index;

    /// <summary>
    /// A teardown has an edge from every task between it and its setups. So whoever has one to it lies in its scope, and setups lie in that of other teardowns.
    /// </summary>
    private static SortedSet<int> Scopes(DagSpec spec, Dictionary<string, int> number, HashSet<int> cleared, HashSet<int> whole)
    {
        var scopes = new SortedSet<int>();
        var setups = new HashSet<int>();
        for (var before = -1; before != scopes.Count;)
        {
            before = scopes.Count;
            for (var no = 0; no < spec.Tasks.Count; no++)
            {
                var task = spec.Tasks[no];
                bool Touches(int one) => cleared.Contains(one) || scopes.Contains(one);
                if (task.Role != TaskRole.Teardown || !Touches(no) && !task.Upstreams.Any(edge => Touches(number[edge.Task])))
                    continue;
                scopes.Add(no);
                setups.UnionWith(task.Upstreams.Where(edge => edge.Kind == EdgeKind.Outcome).Select(edge => number[edge.Task]));
            }

            scopes.UnionWith(setups);
            var below = new SortedDictionary<int, int>(setups.ToDictionary(no => no, _ => -1));
            AddBelow(spec, number, below);
            scopes.UnionWith(Above(spec, number, new(whole.ToDictionary(no => no, _ => -1))).Select(pair => pair.Key).Where(no => below.ContainsKey(no) && !whole.Contains(no)));
        }

        return scopes;
    }
}
