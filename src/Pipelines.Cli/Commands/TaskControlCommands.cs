using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>tasks: running a task again, and ending it by hand.</summary>
internal static class TaskControlCommands
{
    private static readonly char[] Ends = [TaskState.Succeeded, TaskState.Failed, TaskState.Skipped];

    public static ClientCommand Clear()
    {
        var (run, map) = (Arguments.Run(), Arguments.Map());
        var task = new Argument<string?>("task") { Description = "The task's id; with --group it is left out.", HelpName = "TASK", Arity = ArgumentArity.ZeroOrOne };
        var group = new Option<string?>("--group") { Description = "All tasks of this group.", HelpName = "NAME" };
        var only = new Option<bool>("--only") { Description = "Not what is below it as well." };
        var upstream = new Option<bool>("--upstream") { Description = "What is above it as well." };
        var failed = new Option<bool>("--only-failed") { Description = "Of all that only what failed, was kept from running by a failure, or was cancelled." };
        var past = new Option<bool>("--past") { Description = "Also in the DAG's runs for earlier times." };
        var future = new Option<bool>("--future") { Description = "Also in the DAG's runs for later times." };
        var (reuse, step) = (ReuseSteps(), FromStep());
        var dry = new Option<bool>("--dry-run") { Description = "Only list what would be cleared." };
        return new ClientCommand(
            "clear", "Makes a task run again in its run, with everything below it; an attempt that runs is stopped.", "pipelines tasks clear 42 load --why 'the source was late'")
            { run, task, group, map, only, upstream, failed, past, future, reuse, step, dry, SharedOptions.Why() }.Runs(async session =>
        {
            if (session.GetOrNull(task) is null == session.Get(group) is null)
                throw new CommandException("give a task or --group, one of the two");
            var cleared = await session.Operations.ClearTasksAsync(
                new ClearRequest(session.Get(run), session.GetOrNull(task))
                {
                    Group = session.Get(group), MapIndex = session.Get(map) ?? -1, Downstream = !session.Get(only), Upstream = session.Get(upstream),
                    OnlyFailed = session.Get(failed), Past = session.Get(past), Future = session.Get(future), ReuseSteps = session.Get(reuse),
                    FromStep = session.Get(step), DryRun = session.Get(dry),
                },
                session.By,
                session.Cancellation);
            session.Screen.Document(ClearView.Of(cleared, session.Get(dry)));
            foreach (var one in cleared)
            {
                session.Screen.Say(Line(one, session.Get(dry)));
                SayKept(session, one.Kept);
            }

            if (session.Get(dry))
                session.Screen.Table(
                    cleared[0].Instances,
                    new("Task", row => Text.Instance(row.TaskId, row.MapIndex)), new("State now", row => TaskState.Word(row.State), row => Text.Colour(row.State)));
        });
    }

    public static Option<bool> ReuseSteps() => new("--reuse-steps") { Description = "The task keeps the steps it has done, its cursor and its moments; what is below it begins anew." };

    public static Option<string?> FromStep() => new("--from-step") { Description = "Of its steps the task keeps those that were completed before this one; this one and later ones are done again.", HelpName = "NAME" };

    public static void SayKept(Session session, IReadOnlyList<KeptSteps> kept)
    {
        foreach (var one in kept)
        {
            session.Screen.Say($"  {Text.Instance(one.TaskId, one.MapIndex)} keeps {Text.Count(one.Steps.Count, "step")}{(one.Steps.Count == 0 ? "" : ": " + string.Join(", ", one.Steps))}{(one.Cursor ? ", and its cursor" : "")}");
        }
    }

    private static string Line(ClearedRun one, bool dry) => one.Refused is { } why
        ? $"Run {one.RunId} is left alone: {why}"
        : $"{(dry ? "Would clear" : "Cleared")} {Text.Count(one.Cleared, "task instance")} of run {one.RunId}: {string.Join(", ", one.Instances.Select(i => Text.Instance(i.TaskId, i.MapIndex)))}";

    public static ClientCommand Mark()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        var state = Arguments.State();
        var downstream = new Option<bool>("--downstream") { Description = "Everything below it as well." };
        var upstream = new Option<bool>("--upstream") { Description = "Everything above it as well." };
        return new ClientCommand(
            "mark", "Ends a task by hand as succeeded, failed or skipped; an attempt that runs is stopped, and what failed below it is decided anew.",
            "pipelines tasks mark 42 load --state succeeded --why 'loaded by hand'")
            { run, task, state, map, downstream, upstream, SharedOptions.Why() }.Runs(async session =>
        {
            var to = Arguments.StateOf("task", session.Get(state)!, Ends);
            var detail = await session.TaskAsync(session.Get(run), session.Get(task));
            var (id, index) = (session.Get(task), session.Get(map) ?? -1);
            if (detail.Instances.Count > 0 && detail.Instances.All(one => one.Key.MapIndex != index || one.State == TaskState.Removed))
                throw new CommandException($"the task '{id}' of run {detail.Run.RunId} has no element {index}");
            if (detail.Spec.Tasks.First(one => one.Id == id) is { Role: TaskRole.OnFailure or TaskRole.OnSuccess, Upstreams.Count: 0 })
                throw new CommandException($"'{id}' is a callback of the run, which goes by how the run ends: see `pipelines runs mark`");
            var named = MarkSet(detail, id, index, session.Get(downstream), session.Get(upstream));
            var marked = await session.Operations.MarkTasksAsync(detail.Run.RunId, named, to, session.By, session.Cancellation);
            var after = (await session.RunAsync(detail.Run.RunId)).Run.State;
            var names = named.Select(key => Text.Instance(detail.Spec.Tasks[key.TaskNo].Id, key.MapIndex)).ToList();
            session.Screen.Document(new MarkView(detail.Run.RunId, Text.Name(to), marked, names, Text.Name(after)));
            session.Screen.Say(marked == 0
                ? $"Nothing changed: {string.Join(", ", names)} of run {detail.Run.RunId} {(names.Count == 1 ? "has" : "have")} {TaskState.Word(to)} already."
                : $"Marked {Text.Count(marked, "task instance")} of run {detail.Run.RunId} {TaskState.Word(to)}: {string.Join(", ", names)}. The run {(after == 'r' ? "goes on" : $"has {RunState.Word(after)}")}.");
        });
    }

    public static ClientCommand Note()
    {
        var (run, task, map, text) = (Arguments.Run(), Arguments.Task(), Arguments.Map(), Arguments.NoteText());
        return new ClientCommand("note", "Writes a note on a task of a run; an empty one takes it away.", "pipelines tasks note 42 load 'loaded twice, harmless'") { run, task, text, map }.Runs(async session =>
        {
            await session.Operations.NoteAsync(session.Get(run), session.Get(task), session.Get(map) ?? -1, session.Get(text), session.By, session.Cancellation);
            session.Screen.Document(RunDetailView.Of(await session.TaskAsync(session.Get(run), session.Get(task)), await session.Console.LineageAsync(session.Get(run), session.Cancellation)));
            session.Screen.Say($"{Text.Instance(session.Get(task), session.Get(map) ?? -1)} of run {session.Get(run)} has {(string.IsNullOrWhiteSpace(session.Get(text)) ? "no note" : "the note")}.");
        });
    }

    private static List<InstanceKey> MarkSet(RunDetail run, string taskId, int index, bool downstream, bool upstream) =>
        [.. ClearSet.Related(run.Run.RunId, run.Spec, [taskId], index, downstream, upstream)
            .Where(key => run.Spec.Tasks[key.TaskNo].Role == TaskRole.Task || run.Spec.Tasks[key.TaskNo].Id == taskId)];
}
