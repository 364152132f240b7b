namespace Pipelines.Testing.Model;

/// <content>How runs end, are stopped, and are taken up again in part.</content>
internal sealed partial class ModelWorld
{
    /// <summary>Stops a run: what has not started ends now, what runs is told, and teardowns go their way.</summary>
    /// <param name="run">The run.</param>
    /// <param name="verdict">c: somebody cancelled it; f: its timeout, or fail-fast.</param>
    /// <returns>False: it has ended, or is being stopped.</returns>
    public bool Stop(ModelRun run, char verdict)
    {
        if (run.State is not ('q' or 'r') || run.Stopping)
            return false;
        run.Verdict ??= verdict;
        if (run.State == 'q')
        {
            run.Move('c', Cause.Stopped);
            return true;
        }

        run.Move('r', Cause.Stopped);
        run.Stopping = true;
        var settling = new Settling(this);
        foreach (var instance in run.Instances.Where(i => i.State is 'n' or 'q' or 'y' or 'w' && !i.WaitsForVerdict && EndsByStop(i) && !IsExpanded(i)).ToList())
        {
            Forget(instance);
            Move(instance, 'c', Cause.Stopped);
            settling.End(instance);
        }

        settling.Finish(run);
        return true;
    }

    /// <summary>
    /// Makes instances wait anew as if they had never run, and decides them. The caller names all of them, downstream included.
    /// </summary>
    /// <returns>False: the run is queued or stopping.</returns>
    public bool Clear(ModelRun run, IReadOnlyCollection<(int Task, int MapIndex)> named)
    {
        if (run.State == 'q' || run.Stopping)
            return false;
        run.Verdict = null;
        foreach (var row in named.Where(n => n.MapIndex < 0).Select(n => run.Rows[n.Task]).Concat(run.Rows.Where(row => row.Task.IsRunCallback)).ToHashSet())
        {
            row.Elements.Where(element => element.State != 'x').ToList().ForEach(element => Undo(element, 'x'));
            Undo(row, 'n');
        }

        foreach (var (task, mapIndex) in named.Where(n => n.MapIndex >= 0))
        {
            var row = run.Rows[task];
            if (row.Elements.ElementAtOrDefault(mapIndex) is not { State: not 'x' } element)
                continue;
            Undo(element, 'n');
            if (row.State != 'w')
                Move(row, 'w', Cause.Cleared);
        }

        var waiting = run.Instances.Where(i => i.State == 'n' && !i.WaitsForVerdict).ToList();
        waiting.ForEach(i => i.Counters = CountedAnew(i));
        foreach (var row in run.Rows.Where(IsExpanded))
        {
            var there = row.Elements.Where(element => element.State != 'x').ToList();
            row.Counters = there.Where(element => element.Ended).Aggregate(new Counters(there.Count), (counters, element) => counters.AfterElement(element.State));
        }

        run.Move('r', Cause.Cleared);
        run.Epoch++;
        run.Remaining = run.Instances.Count(i => !i.Ended && !i.WaitsForVerdict);
        run.Failures = run.Instances.Count(i => i.State is 'f' or 'u');
        var settling = new Settling(this);
        foreach (var instance in waiting.Where(i => !HeldBack(i)))
            settling.Decide(instance);
        settling.Finish(run);
        return true;
    }

    /// <summary>All that the run waits for has ended: its verdict, then its callbacks, then its end.</summary>
    private void EndOrCallBack(ModelRun run)
    {
        run.Verdict ??= VerdictOn(run);
        run.Stopping = false;
        var rule = run.Verdict switch { 'f' => Rules.RunFailed, 's' => Rules.RunSucceeded, _ => -1 };
        foreach (var callback in run.Rows.Where(row => row.WaitsForVerdict))
        {
            if (callback.Rule == rule)
            {
                Enqueue(callback, Cause.Verdict);
                run.Remaining++;
            }
            else
            {
                Move(callback, 'k', Cause.Verdict);
            }
        }

        if (run.Remaining == 0)
            run.Move(run.Verdict.Value, Cause.Verdict);
    }

    /// <summary>A run fails when a task failed and nothing below has dealt with it.</summary>
    private static char VerdictOn(ModelRun run) =>
        run.Rows.Any(row => row is { State: 'f', Task.Spec.Role: TaskRole.Task } && !IsHandled(row)) ? 'f' : 's';

    private static bool IsHandled(ModelInstance failed)
    {
        var seen = new HashSet<ModelTask>();
        var open = new Stack<ModelInstance>([failed]);
        while (open.TryPop(out var row))
        {
            foreach (var below in row.Task.Below.Select(edge => edge.Down).Where(seen.Add).Select(task => failed.Run.Rows[task.No]))
            {
                if (below.State == 's' && Rules.HandlesFailures(below.Task.Rule))
                    return true;
                if (below.State is 'f' or 'u')
                    open.Push(below);
            }
        }

        return false;
    }

    /// <summary>A mapped task that waits for its elements.</summary>
    private bool IsExpanded(ModelInstance instance) => instance is { State: 'w', IsElement: false, Task.OverNo: not null } && !Gates.Contains(instance);

    /// <summary>Elements over MaxParallel wait for those before them to end, also after a clear.</summary>
    private static bool HeldBack(ModelInstance instance)
    {
        if (!instance.IsElement || instance.Task.HeldBackFrom == int.MaxValue)
            return false;
        var others = instance.Run.Rows[instance.Task.No].Elements;
        var open = others.Count(element => element.State is 'q' or 'r' or 'y' or 'w');
        return open >= instance.Task.HeldBackFrom;
    }

    /// <summary>Out of queue, timers, gates and its pool's slot, to wait as if it had never run.</summary>
    private void Undo(ModelInstance instance, char to)
    {
        Forget(instance);
        if (instance.State == 'r')
            Release(instance);
        if (instance.State != to)
            Move(instance, to, Cause.Cleared);
        if (to == 'n')
            Renew(instance);
    }

    private void Forget(ModelInstance instance)
    {
        _queue.Remove(instance);
        Timers.Remove(instance);
        Gates.Remove(instance);
        Waits.Remove(instance);
    }
}
