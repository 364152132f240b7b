using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views.Graph;

/// <summary>A graph with what a run has come to in it, or with what a version changed.</summary>
internal sealed record GraphView(DagSpec Spec, TaskGroups Groups, bool Across)
{
    /// <summary>In a topological order, also of a run that was moved to another version while it ran. Tasks are known by their ids here.</summary>
    public DagSpec Spec { get; } = TaskOrder.Sorted(Spec);

    /// <summary>The run; null: there is none, the graph is shown as it is.</summary>
    public RunTasks? Tasks { get; init; }

    public DateTimeOffset Now { get; init; }

    /// <summary>The selected task.</summary>
    public string? Selected { get; init; }

    /// <summary>Where a task leads.</summary>
    public required Func<string, string> Task { get; init; }

    /// <summary>Where a group leads, given which groups are open then.</summary>
    public required Func<string, string> Open { get; init; }

    /// <summary>Of a comparison: a or c for tasks that were added or changed, d for removed ones.</summary>
    public IReadOnlyDictionary<string, char> Changes { get; init; } = new Dictionary<string, char>();

    public IReadOnlySet<(string From, string To)> AddedEdges { get; init; } = new HashSet<(string, string)>();

    public IReadOnlySet<(string From, string To)> RemovedEdges { get; init; } = new HashSet<(string, string)>();

    public GraphPicture Picture => GraphPicture.Of(Spec, Groups, Across);

    /// <summary>What stands in a task's node below its name.</summary>
    public string Below(int task, InstanceRow? row, int elements)
    {
        var spec = Spec.Tasks[task];
        var many = elements > 0 ? $" × {elements:N0}" : spec.Mapped && row is null ? " × n" : "";
        var text = Changes.GetValueOrDefault(spec.Id) switch { 'a' => "added", 'c' => "changed", 'd' => "removed", _ => null } ?? row switch
        {
            null => spec.Role switch { TaskRole.Teardown => "teardown", TaskRole.OnFailure => "on failure", TaskRole.OnSuccess => "on success", TaskRole.Undo => "undo", TaskRole.Removed => "removed", _ => spec.Wait is null ? "task" : "waits" },
            { State: TaskState.Succeeded, StartedAt: not null } => Times.Length(row.FirstStartedAt ?? row.StartedAt, row.FinishedAt, Now),
            { State: TaskState.Running or TaskState.Failed, Attempt: > 1 } => $"{TaskState.Word(row.State)}, attempt {row.Attempt}",
            _ => TaskState.Word(row.State),
        };
        return text + many;
    }

    /// <summary>How edges between tasks are painted: hot leads from a failure to what it keeps from running, up to the selected task.</summary>
    public (HashSet<(int, int)> Hot, HashSet<(int, int)> Up) Paths()
    {
        var (hot, up) = (new HashSet<(int, int)>(), new HashSet<(int, int)>());
        var number = Spec.Tasks.Select((task, no) => (task.Id, no)).ToDictionary(pair => pair.Id, pair => pair.no, StringComparer.Ordinal);
        var states = Tasks?.Detail.Instances.ToDictionary(row => row.TaskId, row => row.State, StringComparer.Ordinal) ?? [];
        var selected = Selected is not null && number.TryGetValue(Selected, out var at) ? at : -1;
        var (reached, above) = (new HashSet<int>(), new HashSet<int> { selected });
        for (var no = 0; no < Spec.Tasks.Count; no++)
        {
            var state = states.GetValueOrDefault(Spec.Tasks[no].Id);
            if (state is TaskState.Failed or TaskState.Cancelled && (selected < 0 || selected == no))
                reached.Add(no);
            foreach (var from in Spec.Tasks[no].Upstreams.Where(edge => number.ContainsKey(edge.Task)).Select(edge => number[edge.Task]).Where(from => reached.Contains(from) && state == TaskState.UpstreamFailed))
            {
                hot.Add((from, no));
                reached.Add(no);
            }
        }

        for (var no = selected; no >= 0; no--)
        {
            if (!above.Contains(no))
                continue;
            foreach (var from in Spec.Tasks[no].Upstreams.Where(edge => number.ContainsKey(edge.Task)).Select(edge => number[edge.Task]))
            {
                up.Add((from, no));
                above.Add(from);
            }
        }

        return (hot, up);
    }
}
