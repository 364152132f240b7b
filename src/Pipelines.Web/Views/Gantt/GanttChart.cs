using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views.Gantt;

/// <summary>A row: a task, or a group.</summary>
/// <param name="Id">The task's or the group's.</param>
/// <param name="Group">It is a group.</param>
/// <param name="Depth">How many groups it lies in.</param>
/// <param name="State">Of a group the worst of its tasks.</param>
/// <param name="Elements">How many elements a mapped task has; 0: it is not mapped, or has none yet.</param>
/// <param name="Text">What stands beside the last bar.</param>
/// <param name="TextAt">Where it stands when there is no bar.</param>
internal sealed record GanttRow(
    string Id, bool Group, int Depth, char State, int Elements, IReadOnlyList<GanttBar> Bars, string? Text, DateTimeOffset? TextAt)
{
    public bool Critical { get; init; }
}

/// <summary>A run's time: a row a task, in the order of the graph.</summary>
internal sealed record GanttChart(IReadOnlyList<GanttRow> Rows, GanttAxis Axis, TimeSpan CriticalLength, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>What is left free at the right of a run that runs, for bars that grow.</summary>
    private const double Ahead = 0.04;

    /// <param name="tasks">The run.</param>
    /// <param name="moves">Its changes of state, oldest first.</param>
    /// <param name="groups">Which are open.</param>
    /// <param name="zoom">Seconds from the start that are shown; null: all.</param>
    /// <param name="now">The database's time.</param>
    public static GanttChart Of(RunTasks tasks, IReadOnlyList<StateMove> moves, TaskGroups groups, (double From, double To)? zoom, DateTimeOffset now)
    {
        var run = tasks.Detail.Run;
        var byTask = moves.ToLookup(move => move.TaskNo);
        var elements = tasks.Elements.ToLookup(sum => sum.TaskNo);
        var rows = tasks.Detail.Instances
            .Select(instance => Row(tasks.Detail, instance, [.. byTask[instance.Key.TaskNo]], [.. elements[instance.Key.TaskNo]], now))
            .ToList();
        var spans = rows.Where(row => row.Bars.Any(Runs)).ToDictionary(row => row.Id, row => (row.Bars.First(Runs).From, row.Bars.Last(Runs).To), StringComparer.Ordinal);
        var (path, length) = CriticalPath.Of(tasks.Detail.Spec, spans);
        rows = [.. rows.Select(row => row.State == TaskState.UpstreamFailed ? Blocked(tasks.Detail, row, spans) : row with { Critical = path.Contains(row.Id) })];

        var bars = rows.SelectMany(row => row.Bars).ToList();
        var start = bars.Select(bar => bar.From).Append(run.StartedAt ?? run.CreatedAt).Min();
        var end = bars.Select(bar => bar.To).Append(run.FinishedAt ?? (RunState.Ended(run.State) ? start : now)).Max();
        if (!RunState.Ended(run.State))
            end += Ahead * (end - start);
        var (from, to) = zoom is { } part ? (start.AddSeconds(part.From), start.AddSeconds(part.To)) : (start, end);
        var axis = GanttAxis.Of(from, to, bars.Where(Runs).Select(bar => (bar.From, bar.To)));
        return new(Grouped(rows, groups), axis, length, start, end);
    }

    /// <summary>Seconds of the zoom that shows a row whole, with room on both sides; null: it never ran.</summary>
    public (double From, double To)? ZoomOn(GanttRow row)
    {
        if (row.Bars.Count == 0)
            return null;
        var (from, to) = ((row.Bars[0].From - Start).TotalSeconds, (row.Bars[^1].To - Start).TotalSeconds);
        var room = Math.Max(0.05, (to - from) * 0.25);
        return (Math.Max(0, from - room), to + room);
    }

    private static bool Runs(GanttBar bar) => bar.Kind is BarKind.Attempt or BarKind.Whole;

    private static GanttRow Row(RunDetail run, InstanceRow instance, IReadOnlyList<StateMove> moves, IReadOnlyList<ElementSum> elements, DateTimeOffset now)
    {
        var count = elements.Sum(sum => sum.Count);
        var bars = count == 0 ? GanttBar.Of(moves, instance, run.Run.StartedAt, now) : Whole(instance, elements, now);
        var attempts = bars.Where(bar => bar.Kind == BarKind.Attempt).ToList();
        var text = instance switch
        {
            _ when count > 0 && bars.Count > 0 => $"{Times.Length(bars[0].To - bars[0].From)}, {Counts(elements)}",
            { State: TaskState.Scheduled or TaskState.Queued or TaskState.Waiting or TaskState.NeedsApproval or TaskState.RetryWait } => Waits(run, instance),
            _ when attempts.Count > 1 => $"{attempts.Count} attempts, {Times.Length(attempts[^1].To - attempts[0].From)}",
            _ when attempts.Count == 1 => Times.Length(attempts[0].To - attempts[0].From),
            { State: TaskState.Succeeded } => "taken over",
            _ => TaskState.Word(instance.State),
        };
        return new(instance.TaskId, false, TaskGroups.Above(instance.TaskId).Count(), instance.State, count, bars, text, instance.FinishedAt ?? run.Run.FinishedAt);
    }

    private static List<GanttBar> Whole(InstanceRow instance, IReadOnlyList<ElementSum> elements, DateTimeOffset now)
    {
        if (elements.Min(sum => sum.From) is not { } from)
            return [];
        var open = elements.Any(sum => !TaskState.Ended(sum.State));
        var to = open ? now : elements.Max(sum => sum.To) ?? now;
        return [new(BarKind.Whole, instance.State, 0, from, to < from ? from : to, open, Counts(elements))];
    }

    private static string Counts(IReadOnlyList<ElementSum> elements) => elements.Count == 1 && elements[0].State == TaskState.Succeeded ? $"{elements[0].Count} elements"
        : string.Join(", ", elements.OrderByDescending(sum => sum.Count).Select(sum => $"{sum.Count} {TaskState.Word(sum.State)}"));

    private static string Waits(RunDetail run, InstanceRow instance)
    {
        if (instance.State != TaskState.Scheduled)
            return TaskState.Word(instance.State);
        var upstreams = run.Spec.Tasks.FirstOrDefault(task => task.Id == instance.TaskId)?.Upstreams.Select(edge => edge.Task).ToHashSet(StringComparer.Ordinal) ?? [];
        var open = run.Instances.Where(one => upstreams.Contains(one.TaskId) && !TaskState.Ended(one.State)).Select(one => one.TaskId).ToList();
        return open.Count switch { 0 => "to come", 1 => $"waits for {open[0]}", _ => $"waits for {open[0]} and {open.Count - 1} more" };
    }

    /// <summary>Says by whom: the tasks above that failed, or where they have none above, that did not run.</summary>
    private static GanttRow Blocked(RunDetail run, GanttRow row, Dictionary<string, (DateTimeOffset From, DateTimeOffset To)> spans)
    {
        var by = Blockers(run, row.Id);
        var text = by.Count switch { 0 => "blocked", 1 => $"blocked by {by[0]}", _ => $"blocked by {by[0]} and {by.Count - 1} more" };
        return row with { Text = text, TextAt = by.Count > 0 && spans.TryGetValue(by[0], out var span) ? span.To : row.TextAt };
    }

    /// <summary>The failed tasks that kept a task from running, the nearest first.</summary>
    public static List<string> Blockers(RunDetail run, string taskId)
    {
        var states = run.Instances.Where(one => one.Key.MapIndex < 0).ToDictionary(one => one.TaskId, one => one.State, StringComparer.Ordinal);
        var byId = run.Spec.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var (found, seen, next) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal), new Queue<string>([taskId]));
        while (next.TryDequeue(out var at))
        {
            foreach (var up in byId.TryGetValue(at, out var task) ? task.Upstreams.Select(edge => edge.Task) : [])
            {
                if (!seen.Add(up))
                    continue;
                if (states.GetValueOrDefault(up) is TaskState.Failed or TaskState.Cancelled)
                    found.Add(up);
                else if (states.GetValueOrDefault(up) == TaskState.UpstreamFailed)
                    next.Enqueue(up);
            }
        }

        return found;
    }

    /// <summary>With a row for each group, before its first task; tasks of closed groups are left out.</summary>
    private static List<GanttRow> Grouped(List<GanttRow> rows, TaskGroups groups)
    {
        var shown = new List<GanttRow>();
        foreach (var row in InGroups(rows, 0))
        {
            if (groups.HiddenBy(row.Id) is null)
                shown.Add(row);
        }

        return shown;
    }

    /// <summary>A group's rows stand together, where its first task stands.</summary>
    private static IEnumerable<GanttRow> InGroups(IReadOnlyList<GanttRow> rows, int depth)
    {
        foreach (var part in rows.GroupBy(row => TaskGroups.Above(row.Id).ElementAtOrDefault(depth) ?? "\0" + row.Id))
        {
            if (part.Key[0] == '\0')
            {
                yield return part.First();
                continue;
            }

            List<GanttRow> inside = [.. part];
            var bars = inside.SelectMany(row => row.Bars).Where(Runs).ToList();
            yield return new GanttRow(
                part.Key, true, depth, TaskGroups.StateOf(inside.Select(row => row.State)), 0,
                bars.Count == 0 ? [] : [new(BarKind.Whole, 'x', 0, bars.Min(bar => bar.From), bars.Max(bar => bar.To), bars.Exists(bar => bar.Live))],
                bars.Count == 0 ? $"{inside.Count} tasks" : $"{inside.Count} tasks, {Times.Length(bars.Max(bar => bar.To) - bars.Min(bar => bar.From))}", null);
            foreach (var row in InGroups(inside, depth + 1))
                yield return row;
        }
    }
}
