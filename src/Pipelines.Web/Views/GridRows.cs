using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>A row of a grid: a task, or a group of tasks with the worst of their states.</summary>
/// <param name="Key">The task's id, or the group's name with a dot at its end.</param>
/// <param name="Label">What is left of it inside its group.</param>
/// <param name="Depth">How many groups it is in.</param>
/// <param name="Tasks">Of a group all its tasks, as indices of the grid's.</param>
internal sealed record GridRow(string Key, string Label, int Depth, IReadOnlyList<int> Tasks)
{
    public bool IsGroup => Key.EndsWith('.');

    public bool Open { get; init; }
}

/// <summary>The rows of a grid: groups come where their first task does, and hold their tasks together.</summary>
internal static class GridRows
{
    /// <summary>Past this many tasks groups are closed unless the URL opens them.</summary>
    private const int OpenUpTo = 60;

    /// <summary>The worst first: what a group shows of its tasks.</summary>
    private const string Badness = "fyarwucqnksx.";

    public static char Worst(string strip, IReadOnlyList<int> tasks)
    {
        var worst = Badness.Length - 1;
        foreach (var task in tasks)
        {
            var badness = Badness.IndexOf(strip[task], StringComparison.Ordinal);
            if (badness >= 0 && badness < worst)
                worst = badness;
        }

        return Badness[worst];
    }

    /// <summary>All groups, the outer ones first.</summary>
    public static IReadOnlyList<GridRow> Groups(IReadOnlyList<GridTask> tasks)
    {
        var members = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var t = 0; t < tasks.Count; t++)
        {
            foreach (var group in GroupsOf(tasks[t].TaskId))
            {
                if (!members.TryGetValue(group, out var list))
                    members[group] = list = [];
                list.Add(t);
            }
        }

        // A group of one is only its task.
        return [.. members.Where(group => group.Value.Count > 1).Select(group => new GridRow(group.Key, group.Key, 0, group.Value))];
    }

    public static IReadOnlyList<GridRow> Of(Grid grid, GridQuery query)
    {
        var shown = Enumerable.Range(0, grid.Tasks.Count).Where(t => IsWanted(grid, query, t)).ToList();
        var groups = Groups(grid.Tasks).Where(group => group.Tasks.Any(shown.Contains)).ToDictionary(group => group.Key, StringComparer.Ordinal);
        var rows = new List<GridRow>(shown.Count + groups.Count);
        var done = new HashSet<int>();
        foreach (var t in shown)
            Add(t, "");
        return rows;

        // The task or, before its first task, the outermost group that is not open around it yet.
        void Add(int t, string inside)
        {
            if (done.Contains(t))
                return;
            var id = grid.Tasks[t].TaskId;
            var depth = GroupsOf(inside).Count(groups.ContainsKey);
            var next = GroupsOf(id).FirstOrDefault(group => group.Length > inside.Length && groups.ContainsKey(group));
            if (next is null)
            {
                done.Add(t);
                rows.Add(new(id, id[inside.Length..], depth, [t]));
                return;
            }

            var group = groups[next];
            var open = query.Find is not null || query.Failing || IsOpen(query, next, grid.Tasks.Count);
            rows.Add(group with { Label = next[inside.Length..^1], Depth = depth, Open = open });
            foreach (var member in group.Tasks.Where(shown.Contains))
            {
                if (open)
                    Add(member, next);
                else
                    done.Add(member);
            }
        }
    }

    /// <summary>The query that opens or closes a group, with all others as they are shown.</summary>
    public static GridQuery Toggled(GridQuery query, IReadOnlyList<GridRow> rows, GridRow group) => query with
    {
        Open = [.. rows.Where(row => row.IsGroup && (row.Key == group.Key ? !row.Open : row.Open)).Select(row => row.Key)],
    };

    private static bool IsOpen(GridQuery query, string group, int tasks) =>
        query.Open is { } open ? open.Contains(GridQuery.AllGroups) || open.Contains(group) : tasks <= OpenUpTo;

    private static bool IsWanted(Grid grid, GridQuery query, int t) =>
        (query.Find is null || grid.Tasks[t].TaskId.Contains(query.Find, StringComparison.OrdinalIgnoreCase))
        && (!query.Failing || grid.Runs.Any(run => run.Strip[t] == TaskState.Failed));

    private static IEnumerable<string> GroupsOf(string id)
    {
        for (var at = id.IndexOf('.', StringComparison.Ordinal); at > 0; at = id.IndexOf('.', at + 1))
            yield return id[..(at + 1)];
    }
}
