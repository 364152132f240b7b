using System.Globalization;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Something that can be done to a run: a form with a reason, and the command that does the same.</summary>
/// <param name="Name">In the URL.</param>
/// <param name="Button">On the button that opens the form.</param>
/// <param name="Question">What will happen, with the count.</param>
/// <param name="Submit">On the button that does it.</param>
/// <param name="Command">Lines for a shell.</param>
internal sealed record RunAction(string Name, string Button, string Question, string Submit, IReadOnlyList<string> Command)
{
    private const int ShownCommands = 6;

    /// <summary>It takes something away.</summary>
    public bool Harsh { get; init; }

    /// <summary>Its form asks for arguments that are to be other ones.</summary>
    public bool AsksArguments { get; init; }

    /// <summary>Its form asks which task to begin at, and whether that keeps its steps.</summary>
    public bool AsksTask { get; init; }

    /// <summary>Its form asks for the version.</summary>
    public bool AsksVersion { get; init; }

    /// <summary>Its form asks for text.</summary>
    public bool AsksText { get; init; }

    /// <summary>The version that it goes to, whichever is current when the button is pressed; null: it goes to none.</summary>
    public int? Version { get; init; }

    /// <summary>How many instances <c>retry</c> clears, as <see cref="IConsole.FailedAsync"/> names them.</summary>
    public static int Failed(RunTasks tasks)
    {
        static bool Bad(char state) => state is TaskState.Failed or TaskState.UpstreamFailed or TaskState.Cancelled;
        var elements = tasks.Elements.Where(sum => Bad(sum.State)).ToLookup(sum => sum.TaskNo, sum => sum.Count);
        return tasks.Detail.Instances.Sum(one => elements.Contains(one.Key.TaskNo) ? elements[one.Key.TaskNo].Sum() : Bad(one.State) ? 1 : 0);
    }

    /// <summary>What can be done to the run as it is; the first stands out.</summary>
    /// <param name="tasks">The run.</param>
    /// <param name="family">The runs around it.</param>
    public static IReadOnlyList<RunAction> Of(RunTasks tasks, RunFamily family)
    {
        var (run, actions) = (tasks.Detail.Run, new List<RunAction>());
        var id = run.RunId.ToString(CultureInfo.InvariantCulture);
        var ended = RunState.Ended(run.State);
        var (undone, children) = (RunEnd.Undone(tasks.Detail), RunEnd.Children(tasks.Detail, family));
        if (run.State != 'q' && Failed(tasks) is > 0 and var failed)
        {
            var roots = tasks.Detail.Instances.Where(one => one.State is TaskState.Failed or TaskState.Cancelled).Select(one => one.TaskId).ToList();
            if (roots.Count == 0)
                roots = [.. tasks.Detail.Instances.Where(one => one.State is TaskState.UpstreamFailed).Take(1).Select(one => one.TaskId)];
            actions.Add(new("retry", $"Retry failed and blocked ({failed})", $"{Count(failed, "task instance")} that failed, {(failed == 1 ? "was" : "were")} blocked or cancelled will run again in this run. What succeeded stays.",
                $"Retry {Count(failed, "task instance")}",
                [.. roots.Take(ShownCommands).Select(task => $"pipelines tasks clear {id} {CommandText.Word(task)} --only-failed"), .. roots.Count > ShownCommands ? [$"# and {roots.Count - ShownCommands} more"] : Array.Empty<string>()]));
        }

        if (!ended && !run.Cancelling)
        {
            var work = RunEnd.Work(tasks.Detail);
            var open = work.Count(one => !TaskState.Ended(one.State));
            var running = work.Count(one => one.State == TaskState.Running);
            actions.Add(new("cancel", "Cancel", run.State == 'q'
                ? $"The run is cancelled before it starts; none of its {Count(tasks.Detail.Spec.Tasks.Count, "task")} runs."
                : (open == 0 ? "All its work has ended." : $"{Count(running, "running task")} {(running == 1 ? "is" : "are")} told to stop, and {Count(open - running, "task")} that {(open - running == 1 ? "has" : "have")} not started {(open - running == 1 ? "ends" : "end")} now.")
                    + " Teardowns still run." + undone + children,
                run.State == 'q' || open == 0 ? "Cancel the run" : $"Cancel {Count(open, "task")}", [$"pipelines runs cancel {id}"]) { Harsh = true });
        }

        if (run.State != 'q')
        {
            actions.Add(new("rerun", "Rerun", $"All {Count(tasks.Detail.Spec.Tasks.Count, "task")} of this run will run again, from the start.", "Rerun the whole run", [$"pipelines runs clear {id} --version original"]) { AsksVersion = true });
            actions.Add(new("fork", "Fork", "A new run of the same data begins at a task, with the outputs of what had succeeded before it here. This run stays as it is.", "Make the new run", [$"pipelines runs fork {id} --from TASK"])
            {
                AsksTask = true, AsksVersion = true, AsksArguments = tasks.Detail.Spec.Arguments is not null,
            });
        }

        if (run.State != 'q')
        {
            foreach (var (state, name) in new[] { ('s', "succeeded"), ('f', "failed") }.Where(one => one.Item1 != run.State))
            {
                actions.Add(new(name, $"Mark {name}", $"The run is {RunState.Word(run.State)} and will be ended by hand as {name}. What runs is stopped; teardowns still run.{(state == 'f' ? undone : "")}{children}", $"Mark the run {name}",
                    [$"pipelines runs mark {id} --state {name}"]) { Harsh = true });
            }
        }

        actions.Add(new("note", "Note", "A note for everyone who looks at this run. An empty one takes it away.", "Save the note", [$"pipelines runs note {id} 'TEXT'"]) { AsksText = true });
        if (ended)
        {
            actions.Add(new("delete", "Delete", $"The run is gone for good, with the logs, outputs and artefacts of its {Count(tasks.Detail.Instances.Count, "task")}. Its events stay.", "Delete the run",
                [$"pipelines runs delete {id} --yes"]) { Harsh = true });
        }

        return actions;
    }

    /// <summary>A number with its noun.</summary>
    public static string Count(int count, string what) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {what}{(count == 1 ? "" : "s")}";
}
