namespace Pipelines.Testing.Model;

/// <content>How runs end and are stopped.</content>
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
        foreach (var instance in run.Instances.Where(i => i.State is 'n' or 'q' or 'y' or 'w' or 'a' && !i.WaitsForVerdict && EndsByStop(i) && !IsExpanded(i)).ToList())
        {
            Forget(instance);
            Move(instance, 'c', Cause.Stopped);
            settling.End(instance);
        }

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
            if (callback.Rule == Rules.Undo && run.Verdict is ('f' or 'c') && UndoneBy(callback) is var undone && (undone.State == 's' || undone.Elements.Any(element => element.State == 's')))
            {
                Move(callback, 'w', Cause.Verdict, "to be undone");
                run.Remaining++;
            }
            else if (callback.Rule == rule)
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
        else
            UndoNext(run);
    }

    /// <summary>Undos run one after the other, that of the task which ended last first.</summary>
    private void UndoNext(ModelRun run)
    {
        var undos = run.Rows.Where(row => row.Rule == Rules.Undo).ToList();
        if (undos.Exists(undo => undo.State is 'q' or 'r' or 'y' || undo is { State: 'w', FirstStartedAt: not null }))
            return;
        if (undos.Where(undo => undo.State == 'w').OrderByDescending(undo => UndoneBy(undo).EndedAt).ThenByDescending(undo => UndoneBy(undo).Task.No).FirstOrDefault() is { } next)
            Enqueue(next, Cause.Verdict);
    }

    private static ModelInstance UndoneBy(ModelInstance undo) => undo.Run.Rows[undo.Task.Above[0].Up.No];

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

    private void Forget(ModelInstance instance)
    {
        _queue.Remove(instance);
        Timers.Remove(instance);
        Gates.Remove(instance);
        Waits.Remove(instance);
        Listening.Remove(instance);
        Questions.Remove(instance);
    }
}
