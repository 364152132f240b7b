using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs: running a whole run again, and ending it by hand.</summary>
internal static class RunControlCommands
{
    private static readonly char[] Ends = ['s', 'f'];

    public static ClientCommand Clear()
    {
        var (id, version) = (Arguments.Run(), Arguments.Version("original"));
        var dry = new Option<bool>("--dry-run") { Description = "Only list what would be cleared." };
        return new ClientCommand("clear", "Makes a whole run run again; attempts that run are stopped.", "pipelines runs clear 42 --why 'the source was corrected'")
            { id, version, dry, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            if (session.Get(dry))
            {
                var detail = await session.RunAsync(run);
                session.Screen.Document(RunDetailView.Of(detail, await session.Console.LineageAsync(run, session.Cancellation)));
                session.Screen.Say($"Would clear {Text.Count(detail.Instances.Count, "task instance")} of run {run}, which is {RunState.Word(detail.Run.State)}.");
                session.Screen.Table(
                    detail.Instances,
                    new("Task", task => Text.Instance(task.TaskId, task.Key.MapIndex)), new("State now", task => TaskState.Word(task.State), task => Text.Colour(task.State)));
                return;
            }

            var state = await session.Operations.ClearRunAsync(run, session.Get(version) == "current", session.By, session.Cancellation);
            session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
            session.Screen.Say(state == 'q' ? $"Run {run} is queued to run again, whole. `pipelines runs show {run}` shows it." : $"Every task of run {run} runs again.");
        });
    }

    public static ClientCommand Mark()
    {
        var (id, state) = (Arguments.Run(), Arguments.State());
        return new ClientCommand(
            "mark", "Ends a run by hand as succeeded or failed: what runs is stopped, teardowns still run, and runs that it has started and waits for are cancelled. Of one that is marked failed, what tasks have done is undone where they can, the last first.",
            "pipelines runs mark 42 --state failed --why 'the data is not coming'")
            { id, state, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            var to = Arguments.StateOf("run", session.Get(state)!, Ends);
            var before = (await session.RunAsync(run)).Run.State;
            var after = await session.Operations.MarkRunAsync(run, to, session.By, session.Cancellation);
            session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
            session.Screen.Say(before == to ? $"Nothing changed: run {run} has {RunState.Word(to)} already."
                : after == to ? $"Run {run} is marked {RunState.Word(to)}."
                : $"Run {run} is marked {RunState.Word(to)}; it ends when its teardowns and callbacks have run.");
        });
    }

    public static ClientCommand Undo()
    {
        var id = Arguments.Run();
        return new ClientCommand("undo", "Undoes what an ended run has done, the last first, where its tasks can.", "pipelines runs undo 81 --why 'the order was a mistake'") { id, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            var count = await session.Operations.UndoRunAsync(run, session.By, session.Cancellation);
            session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
            session.Screen.Say($"{Text.Count(count, "task")} of run {run} {(count == 1 ? "is" : "are")} being undone. `pipelines runs show {run}` shows it.");
        });
    }

    public static ClientCommand Note()
    {
        var (id, text) = (Arguments.Run(), Arguments.NoteText());
        return new ClientCommand("note", "Writes a note on a run; an empty one takes it away.", "pipelines runs note 42 'waiting for the supplier, ticket 815'") { id, text }.Runs(async session =>
        {
            await session.Operations.NoteAsync(session.Get(id), null, -1, session.Get(text), session.By, session.Cancellation);
            session.Screen.Document(RunDetailView.Of(await session.RunAsync(session.Get(id)), await session.Console.LineageAsync(session.Get(id), session.Cancellation)));
            session.Screen.Say($"Run {session.Get(id)} has {(string.IsNullOrWhiteSpace(session.Get(text)) ? "no note" : "the note")}.");
        });
    }

    public static ClientCommand Delete()
    {
        var id = Arguments.Run();
        var yes = new Option<bool>("--yes", "-y") { Description = "Yes, delete it." };
        return new ClientCommand(
            "delete", "Deletes an ended run with its logs, outputs and artefacts for good; who did it stays in the history of the DAG.", "pipelines runs delete 42 --yes --why 'a test run'")
            { id, yes, SharedOptions.Why() }.Runs(async session =>
        {
            var run = (await session.RunAsync(session.Get(id))).Run;
            if (!session.Get(yes))
                throw new CommandException($"run {run.RunId} of {run.DagId} would be gone with its logs, outputs and artefacts. Say --yes to delete it");
            await session.Operations.DeleteRunAsync(run.RunId, session.By, session.Cancellation);
            session.Screen.Document(new { run = run.RunId, deleted = true });
            session.Screen.Say($"Run {run.RunId} of {run.DagId} is deleted. `pipelines dags show {run.DagId}` tells who did it.");
        });
    }
}
