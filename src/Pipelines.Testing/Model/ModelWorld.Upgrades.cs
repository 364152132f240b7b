using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <content>Runs that go over to another version of their DAG while they are open.</content>
internal sealed partial class ModelWorld
{
    /// <summary>Moves an open run: what its tasks have come to stays, what waits is decided by the new graph.</summary>
    /// <returns>False: it is not open, is ending, is on that version already, or something would run after what depends on it or be lost.</returns>
    public bool Upgrade(ModelRun run, DagSpec to)
    {
        if (run.State is not ('q' or 'r') || run.Stopping || run.Verdict is not null || ReferenceEquals(run.Version, to))
            return false;
        if (run.State == 'q')
        {
            UpgradeQueued(run, to);
            return true;
        }

        var graph = new ModelGraph(Numbered(run.Graph.Spec, to));
        var added = graph.Tasks.Where(task => !IsRemoved(task) && (task.No >= run.Rows.Count || run.Rows[task.No].State == 'x')).ToHashSet();
        if (IsRefused(run, graph, added))
            return false;
        run.Move('r', Cause.Upgraded);
        foreach (var instance in run.Instances.ToList())
            TakeBack(instance, graph.Tasks[instance.Task.No]);
        (run.Graph, run.Version) = (graph, to);
        foreach (var instance in run.Instances)
        {
            instance.Task = graph.Tasks[instance.Task.No];
            if (instance.State is not ('r' or 'q'))
                (instance.Lane, instance.Priority) = (ModelLane.Of(instance.Task), instance.Task.Spec.Priority + run.Priority);
        }

        foreach (var task in added.OrderBy(task => task.No))
            Add(run, task);
        DecideWaiting(run);
        return true;
    }

    /// <summary>A version as a run of an older one numbers its tasks: added ones last, and those that it has no more as names.</summary>
    private static DagSpec Numbered(DagSpec from, DagSpec to)
    {
        var now = to.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var old = from.Tasks.Select(task => task.Id).ToHashSet(StringComparer.Ordinal);
        return to with
        {
            Tasks = [.. from.Tasks.Select(task => now.GetValueOrDefault(task.Id) ?? new TaskSpec { Id = task.Id, Role = TaskRole.Removed, Over = task.Over }), .. to.Tasks.Where(task => !old.Contains(task.Id))],
        };
    }

    private static bool IsRemoved(ModelTask task) => task.Spec.Role == TaskRole.Removed;

    /// <summary>It runs or has run, has come to succeed or fail however, or is in the middle of its elements.</summary>
    private static bool HasBegun(ModelInstance row) => row.Elements.Prepend(row).Any(i => i.State != 'x' && (i.IsElement || i.State is 'r' or 's' or 'f' || i.FirstStartedAt is not null));

    private static bool IsRefused(ModelRun run, ModelGraph graph, HashSet<ModelTask> added)
    {
        foreach (var row in run.Rows)
        {
            var now = graph.Tasks[row.Task.No];
            if (IsRemoved(now) && (row.State == 'r' || row.Elements.Any(element => element.State != 'x' && !element.Ended)))
                return true;
            if (IsRemoved(now) && row.Task.Spec.Role == TaskRole.Undo && row.Task.Above.Any(edge => run.Rows[edge.Up.No].State is 'r' or 's'))
                return true;
            if (IsRemoved(now) || !HasBegun(row))
                continue;
            if (!IsRemoved(row.Task) && (now.Spec.Mapped != row.Task.Spec.Mapped || now.Spec.Wait?.Kind != row.Task.Spec.Wait?.Kind))
                return true;
            if (run.LeftOut is null && now.Above.Concat(now.AboveByIndex).Any(edge => added.Contains(edge.Up)))
                return true;
        }

        return false;
    }

    /// <summary>Out of queues and waits: what there is no more, and what has not begun and is decided otherwise now.</summary>
    private void TakeBack(ModelInstance instance, ModelTask now)
    {
        if (IsRemoved(now))
        {
            if (instance.State is 'n' or 'q' or 'y' or 'w' or 'a')
            {
                Forget(instance);
                GiveBack(instance);
                instance.Output = null;
                Move(instance, 'x', Cause.Upgraded);
            }

            return;
        }

        if (!(instance.State == 'q' && instance.FirstStartedAt is null || Gates.Contains(instance)) || SameDecision(instance.Task, now))
            return;
        Forget(instance);
        GiveBack(instance);
        Renew(instance);
        Move(instance, 'n', Cause.Upgraded);
    }

    private static bool SameDecision(ModelTask was, ModelTask now) =>
        (was.Rule, ModelLane.Of(was), was.Spec.Priority, was.Spec.Mapped, was.Spec.DependsOnPast, was.Spec.WaitForDownstream, was.Spec.LatestOnly)
            == (now.Rule, ModelLane.Of(now), now.Spec.Priority, now.Spec.Mapped, now.Spec.DependsOnPast, now.Spec.WaitForDownstream, now.Spec.LatestOnly)
        && Edges(was).SetEquals(Edges(now));

    private static HashSet<string> Edges(ModelTask task) => [.. task.Spec.Upstreams.Select(edge => $"{edge.Task} {edge.Kind} {edge.When?.ToJsonString()}")];

    /// <summary>In a run of some tasks an added one is left out.</summary>
    private void Add(ModelRun run, ModelTask task)
    {
        if (task.No == run.Rows.Count)
            run.Rows.Add(new ModelInstance(run, task, -1) { Priority = task.Spec.Priority + run.Priority });
        var row = run.Rows[task.No];
        var leftOut = run.LeftOut is not null && !task.IsRunCallback;
        if (leftOut)
            run.LeftOut!.Add(task.No);
        if (leftOut || row.State == 'x')
            Move(row, leftOut ? 'k' : 'n', Cause.Upgraded);
    }

    private static void UpgradeQueued(ModelRun run, DagSpec to)
    {
        var (had, graph) = (run.Graph.Tasks.Select(task => task.Spec.Id).ToHashSet(), new ModelGraph(to));
        run.Move('q', Cause.Upgraded);
        Renumber(run, graph);
        run.Version = to;
        if (run.LeftOut is null)
            return;
        var added = graph.Tasks.Where(task => !task.IsRunCallback && !had.Contains(task.Spec.Id)).Select(task => task.No).ToList();
        LeaveOut(run, [.. run.LeftOut, .. added]);
    }

    /// <summary>A run that has ended, and is to begin again, has its version's own numbers.</summary>
    private static void MoveBack(ModelRun run)
    {
        if (!ReferenceEquals(run.Graph.Spec, run.Version))
            Renumber(run, new ModelGraph(run.Version));
    }

    /// <summary>What is kept of its tasks goes to the numbers that they have in another graph; nothing of it is going on.</summary>
    private static void Renumber(ModelRun run, ModelGraph graph)
    {
        var number = graph.Tasks.ToDictionary(task => task.Spec.Id, task => task.No, StringComparer.Ordinal);
        int? Number(int no) => number.TryGetValue(run.Graph.Tasks[no].Spec.Id, out var now) ? now : null;
        run.Presets = run.Presets?.Where(preset => Number(preset.Task) is not null).Select(preset => preset with { Task = Number(preset.Task)!.Value }).ToList();
        run.LeftOut = run.LeftOut?.Select(Number).OfType<int>().ToHashSet();
        var rows = run.Rows.ToDictionary(row => row.Task.Spec.Id, StringComparer.Ordinal);
        run.Rows.Clear();
        if (rows.Count > 0)
            run.Rows.AddRange(graph.Tasks.Select(task => rows.TryGetValue(task.Spec.Id, out var row) ? row.As(task) : new ModelInstance(run, task, -1)));
        run.Graph = graph;
    }
}
