using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What ending a run by hand sets off, for its forms: nobody shall start refunds without knowing it.</summary>
internal static class RunEnd
{
    /// <summary>The instances that are the run's work. What it undoes, calls back and tears down is not stopped with it.</summary>
    public static IReadOnlyList<InstanceRow> Work(RunDetail run)
    {
        var aside = run.Spec.Tasks.Where(task => task.Role != TaskRole.Task).Select(task => task.Id).ToHashSet(StringComparer.Ordinal);
        return [.. run.Instances.Where(one => !aside.Contains(one.TaskId))];
    }

    /// <summary>A sentence on what is undone when the run is cancelled or fails, with a space before it; empty: nothing is.</summary>
    public static string Undone(RunDetail run)
    {
        var done = run.Instances.Where(one => one is { Key.MapIndex: < 0, State: TaskState.Succeeded }).Select(one => one.TaskId).ToHashSet(StringComparer.Ordinal);
        var count = run.Spec.Tasks.Count(task => task is { Role: TaskRole.Undo, Upstreams: [var undone, ..] } && done.Contains(undone.Task) && !done.Contains(task.Id));
        return count == 0 || run.Run.State == 'q' ? "" : $" What {RunAction.Count(count, "task")} {(count == 1 ? "has" : "have")} done is undone, the last first.";
    }

    /// <summary>The same on the open runs that it has started and that are not to outlive it.</summary>
    public static string Children(RunDetail run, RunFamily family)
    {
        var count = family.Ending;
        return count == 0 || RunState.Ended(run.Run.State) ? "" : $" {RunAction.Count(count, "open run")} that it has started and waits for {(count == 1 ? "is" : "are")} cancelled with it.";
    }

    /// <summary>The same where only its graph is known.</summary>
    public static string Children(RunDetail run) =>
        run.Run.State == 'r' && run.Spec.Tasks.Any(task => task.Wait is { Kind: WaitKind.Run, ParentClose: ParentClosePolicy.Cancel }) ? " Runs that it has started and waits for are cancelled with it." : "";
}
