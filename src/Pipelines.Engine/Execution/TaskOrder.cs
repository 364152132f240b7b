namespace Pipelines.Engine.Execution;

/// <summary>
/// The order in which tasks may run. That of a definition is one already; a run that was moved to another version while it ran keeps the numbers of its tasks, and added ones that come before
/// others have higher numbers than those.
/// </summary>
public static class TaskOrder
{
    /// <summary>The places of the tasks, each after all that it waits for, otherwise as they stand.</summary>
    public static IReadOnlyList<int> Of(DagSpec spec)
    {
        var number = spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);
        var (order, seen) = (new List<int>(spec.Tasks.Count), new bool[spec.Tasks.Count]);
        var open = new Stack<(int No, bool Entered)>();
        for (var no = spec.Tasks.Count - 1; no >= 0; no--)
            open.Push((no, false));
        while (open.TryPop(out var next))
        {
            if (next.Entered)
            {
                order.Add(next.No);
                continue;
            }

            if (seen[next.No])
                continue;
            seen[next.No] = true;
            open.Push((next.No, true));
            foreach (var edge in spec.Tasks[next.No].Upstreams.Reverse())
            {
                if (number.TryGetValue(edge.Task, out var up) && !seen[up])
                    open.Push((up, false));
            }
        }

        return order;
    }

    /// <summary>The same graph with its tasks in that order: for those who go by ids.</summary>
    public static DagSpec Sorted(DagSpec spec) => spec with { Tasks = [.. Of(spec).Select(no => spec.Tasks[no])] };
}
