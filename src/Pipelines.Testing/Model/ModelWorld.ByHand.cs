using Pipelines.Engine.Ports;

namespace Pipelines.Testing.Model;

/// <content>What people do to instances out of turn: clearing and marking. The run goes on from there.</content>
internal sealed partial class ModelWorld
{
    /// <summary>
    /// Makes instances wait anew as if they had never run, and decides them. The caller names all of them, downstream included.
    /// </summary>
    /// <returns>False: the run is queued or stopping.</returns>
    public bool Clear(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named)
    {
        if (run.State == 'q' || run.Stopping || !Has(run, named))
            return false;
        Undo(run, [.. named.Where(name => run.Rows[name.Task].Task.Spec.Role != TaskRole.Removed)], Cause.Cleared);
        Resume(run, null, Cause.Cleared);
        return true;
    }

    /// <summary>Whether anything of that is there; tasks that the version has no more are not.</summary>
    private static bool Has(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named) => run.Instances.Any(i =>
        i.State != 'x' && !i.Task.IsRunCallback && i.Task.Spec.Role != TaskRole.Removed && (named.Contains((i.Task.No, -1)) || named.Contains((i.Task.No, i.Key.MapIndex))));

    /// <summary>Ends instances by hand; what is below and had failed is decided anew.</summary>
    /// <param name="run">The run.</param>
    /// <param name="named">The instances, as for a clear.</param>
    /// <param name="to">s, f or k.</param>
    /// <returns>How many were marked; null: the run is queued or stopping.</returns>
    public int? Mark(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named, char to)
    {
        if (run.State == 'q' || run.Stopping || !Has(run, named))
            return null;
        var marked = run.Instances.Where(i => i.State != 'x' && i.State != to && !i.Task.IsRunCallback && i.Task.Spec.Role != TaskRole.Removed
            && (named.Contains((i.Task.No, -1)) || named.Contains((i.Task.No, i.Key.MapIndex)))).ToList();
        if (marked.Count == 0)
            return 0;
        marked.ForEach(instance => EndByHand(instance, to));
        Undo(run, [.. Below(run, named).Where(below => run.Find(new(run.Id, below.Task, below.MapIndex)) is { State: 'f' or 'u' or 'c' })], Cause.Marked);
        foreach (var row in marked.Where(i => i.IsElement && !named.Contains((i.Task.No, -1))).Select(i => run.Rows[i.Task.No]).Distinct())
            CountElementsAnew(row, Cause.Marked);
        Resume(run, null, Cause.Marked);
        if (to == 'f' && run.Graph.Spec.FailFast && marked.Any(i => i.Task.Spec.Role == TaskRole.Task) && run is { State: 'r', Remaining: > 0, Verdict: null })
            Stop(run, 'f');
        return marked.Count;
    }

    /// <summary>Ends a run by hand; teardowns that have not ended go their way.</summary>
    /// <param name="run">The run.</param>
    /// <param name="to">s: all but what was skipped has succeeded; f: what runs has failed, what has not ended is skipped.</param>
    public void MarkRun(ModelRun run, char to)
    {
        if (run.State == to)
            return;
        if (run.State == 'q')
        {
            run.Verdict = to;
            run.Move(to, Cause.Marked);
            return;
        }

        foreach (var instance in run.Instances.Where(i => !i.Task.IsRunCallback && i.Task.Spec.Role != TaskRole.Removed).ToList())
        {
            if (instance.Ended ? to == 's' && instance.State is 'f' or 'u' or 'c' : instance.Task.Spec.Role != TaskRole.Teardown)
            {
                if (instance.Elements.All(element => element.State == 'x'))
                    EndByHand(instance, to == 's' ? 's' : instance.State == 'r' ? 'f' : 'k');
            }
        }

        foreach (var row in run.Rows.Where(row => row.Task.Spec.Role != TaskRole.Teardown))
            CountElementsAnew(row, Cause.Marked);
        Undo(run, [], Cause.Marked);
        Resume(run, to, Cause.Marked);
    }

    /// <summary>A manual run that begins with what another came to: of these tasks what succeeded there, with its elements.</summary>
    public void TakeOver(ModelRun run, ModelRun from, IReadOnlySet<int> tasks) => run.Presets =
    [
        .. from.Rows.Where(row => tasks.Contains(row.Task.No) && row.State == 's').SelectMany(row => row.Elements.Prepend(row)).Where(i => i.State is 's' or 'k')
            .SelectMany(i => run.Graph.Tasks.Where(task => task.Spec.Id == i.Task.Spec.Id).Select(task => new ModelPreset(task.No, i.Key.MapIndex, i.State, i.Output))),
    ];

    /// <summary>Leaves tasks out of a queued run.</summary>
    public static void LeaveOut(ModelRun run, IReadOnlyCollection<int> tasks)
    {
        run.Presets = [.. run.Presets ?? [], .. tasks.Where(no => run.Presets?.Any(preset => preset.Task == no) != true).Select(no => new ModelPreset(no, -1, 'k', null))];
        run.LeftOut = [.. tasks];
    }

    /// <summary>Puts some tasks of an ended run back into the queue; the others keep what they came to.</summary>
    /// <returns>False: the run has not ended.</returns>
    public bool RunPartAgain(ModelRun run, IReadOnlySet<int> tasks, int priority)
    {
        if (!RunState.Ended(run.State))
            return false;
        var ids = tasks.Select(no => run.Graph.Tasks[no].Spec.Id).ToHashSet();
        MoveBack(run);
        tasks = run.Graph.Tasks.Where(task => ids.Contains(task.Spec.Id)).Select(task => task.No).ToHashSet();
        var kept = run.Instances.Where(i => !tasks.Contains(i.Task.No) && !i.Task.IsRunCallback && i is { Ended: true, State: not 'x' })
            .Select(i => new ModelPreset(i.Task.No, i.Key.MapIndex, i.State, i.Output)).ToList();
        var leftOut = run.Graph.Tasks.Where(task => !tasks.Contains(task.No) && !task.IsRunCallback
            && (run.LeftOut?.Contains(task.No) == true || kept.All(preset => preset.Task != task.No))).Select(task => task.No).ToList();
        RunAgain(run, priority);
        run.Presets = kept;
        LeaveOut(run, leftOut);
        return true;
    }

    /// <summary>Instances that have ended before the run starts; the others are decided after that.</summary>
    private void BeginPreset(ModelRun run)
    {
        foreach (var (task, mapIndex, state, output) in run.Presets!)
        {
            var row = run.Rows[task];
            while (row.Elements.Count <= mapIndex)
                row.Elements.Add(new ModelInstance(run, row.Task, row.Elements.Count));
            var instance = mapIndex < 0 ? row : row.Elements[mapIndex];
            if (instance.State == 'x')
                Move(instance, 'n', Cause.TakenOver);
            Renew(instance);
            instance.Output = output;
            instance.Priority = row.Priority;
            Move(instance, state, Cause.TakenOver, "it was so before the run started");
        }

        run.Presets = null;
        Resume(run, null, Cause.TakenOver);
    }

    /// <summary>What is below the named ones and not named itself: rows, and in a mapped group the same elements.</summary>
    private static HashSet<(int Task, int MapIndex)> Below(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named)
    {
        var below = new HashSet<(int Task, int MapIndex)>();
        var open = new Stack<(int Task, int MapIndex)>(named);
        while (open.TryPop(out var next))
        {
            foreach (var edge in run.Graph.Tasks[next.Task].Below)
            {
                var reached = (edge.Down.No, edge.Kind == EdgeKind.Index ? next.MapIndex : -1);
                if (below.Add(reached))
                    open.Push(reached);
            }
        }

        below.RemoveWhere(reached => named.Any(name => name.Task == reached.Task));
        return below;
    }

    /// <summary>The named ones and all callbacks of the run wait anew.</summary>
    private void Undo(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named, Cause by)
    {
        foreach (var row in named.Where(n => n.MapIndex < 0).Select(n => run.Rows[n.Task]).Concat(run.Rows.Where(row => row.Task.IsRunCallback)).ToHashSet())
        {
            row.Elements.Where(element => element.State != 'x').ToList().ForEach(element => Undo(element, 'x', by));
            Undo(row, 'n', by);
        }

        foreach (var (task, mapIndex) in named.Where(n => n.MapIndex >= 0))
        {
            var row = run.Rows[task];
            if (row.Elements.ElementAtOrDefault(mapIndex) is not { State: not 'x' } element)
                continue;
            Undo(element, 'n', by);
            CountElementsAnew(row, by);
        }
    }

    /// <summary>Out of queue, timers, gates and its pool's slot, to wait as if it had never run.</summary>
    private void Undo(ModelInstance instance, char to, Cause by)
    {
        Forget(instance);
        if (instance.State == 'r')
            Release(instance);
        if (instance.State != to)
            Move(instance, to, by);
        instance.Run.LeftOut?.Remove(instance.Task.No);
        GiveBack(instance);
        if (to == 'n')
            Renew(instance);
    }

    private void EndByHand(ModelInstance instance, char to)
    {
        Forget(instance);
        if (instance.State == 'r')
            Release(instance);
        if (to != 's')
            instance.Output = null;
        instance.Run.LeftOut?.Remove(instance.Task.No);
        if (instance.State != to)
            Move(instance, to, Cause.Marked, "marked");
    }

    /// <summary>A mapped task waits for an element that has not ended, and else ends as its elements say.</summary>
    private void CountElementsAnew(ModelInstance row, Cause by)
    {
        var there = row.Elements.Where(element => element.State != 'x').ToList();
        if (there.Count == 0)
            return;
        row.Counters = there.Where(element => element.Ended).Aggregate(new Counters(there.Count), (counters, element) => counters.AfterElement(element.State));
        var to = row.Counters.Unmet > 0 ? 'w' : EndOf(row);
        if (row.State != to)
            Move(row, to, by);
    }

    /// <summary>Counts a run and all that waits in it anew and decides that; ends the run if nothing is left.</summary>
    private void Resume(ModelRun run, char? verdict, Cause by)
    {
        run.Verdict = verdict;
        run.Stopping = false;
        run.Move('r', by);
        run.Epoch++;
        DecideWaiting(run);
    }

    /// <summary>Counts a run and all that waits in it, and decides that.</summary>
    private void DecideWaiting(ModelRun run)
    {
        var waiting = run.Instances.Where(i => i.State == 'n' && !i.WaitsForVerdict).ToList();
        waiting.ForEach(i => i.Counters = CountedAnew(i));
        run.Remaining = run.Instances.Count(i => !i.Ended && !i.WaitsForVerdict);
        run.Failures = run.Instances.Count(i => i.State is 'f' or 'u' && i.Task.Spec.Role != TaskRole.Removed);
        var settling = new Settling(this);
        foreach (var instance in waiting.Where(i => !HeldBack(i)))
            settling.Decide(instance);
        settling.Finish(run);
        Deliver(run);
    }

    /// <summary>Elements over MaxParallel wait for those before them to end, also after a clear.</summary>
    private static bool HeldBack(ModelInstance instance)
    {
        if (!instance.IsElement || instance.Task.HeldBackFrom == int.MaxValue)
            return false;
        var others = instance.Run.Rows[instance.Task.No].Elements;
        var open = others.Count(element => element.State is 'q' or 'r' or 'y' or 'w' or 'a');
        return open >= instance.Task.HeldBackFrom;
    }
}
