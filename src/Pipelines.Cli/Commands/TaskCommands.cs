using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>tasks: one task of one run.</summary>
internal static class TaskCommands
{
    public static Command All() => new("tasks", "One task of a run: its log, its steps, what it tells, why it does not run, running it again, and ending it by hand.")
    {
        Log(), Why(), Steps(), Values(), TaskControlCommands.Clear(), TaskControlCommands.Mark(), TaskControlCommands.Note(),
    };

    private static ClientCommand Log()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        var attempt = Arguments.AtLeast(1, new Option<int?>("--attempt") { Description = "The attempt, from 1; default: the latest.", HelpName = "N" });
        var tail = Arguments.AtLeast(1, new Option<int?>("--tail") { Description = "Only the last lines.", HelpName = "N" });
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new lines until the attempt ends." };
        return new ClientCommand("log", "Prints the log of an attempt.", "pipelines tasks log 42 load --follow") { run, task, map, attempt, tail, follow }.Runs(async session =>
        {
            var instance = await InstanceAsync(session, session.Get(run), session.Get(task), session.Get(map));
            if (instance.Attempt == 0)
                throw new CommandException(
                    $"the task {Text.Instance(instance.TaskId, instance.Key.MapIndex)} of run {instance.Key.RunId} has not run, so it has no log. "
                    + $"See: pipelines tasks why {instance.Key.RunId} {instance.TaskId}{Arguments.MapText(instance.Key.MapIndex)}");
            if (session.Get(attempt) > instance.Attempt)
                throw new CommandException($"there is no attempt {session.Get(attempt)}; the latest is {instance.Attempt}");
            await new LogPrinter(session, instance.Key, (short)(session.Get(attempt) ?? instance.Attempt)).PrintAsync(session.Get(tail), session.Get(follow));
        });
    }

    private static ClientCommand Why()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        return new ClientCommand("why", "Says what a task instance waits for, or why it ended as it did.", "pipelines tasks why 42 load") { run, task, map }.Runs(async session =>
        {
            var detail = await session.TaskAsync(session.Get(run), session.Get(task));
            var index = session.Get(map) ?? -1;
            var instance = detail.Instances.FirstOrDefault(one => one.Key.MapIndex == index);
            if (instance is null && (index >= 0 || detail.Run.State == 'r'))
                instance = await InstanceAsync(session, session.Get(run), session.Get(task), session.Get(map));
            var why = TaskWhy.Explain(await WhyFacts.LoadAsync(session, detail.Run.RunId, session.Get(task), instance));
            var state = instance?.State ?? (RunState.Ended(detail.Run.State) ? TaskState.Cancelled : TaskState.Scheduled);
            session.Screen.Document(new WhyView(detail.Run.RunId, session.Get(task), session.Get(map), Text.Name(state), why));
            session.Screen.Say($"{Text.Instance(session.Get(task), index)} of run {detail.Run.RunId} {(state == TaskState.NeedsApproval ? "" : "is ")}{TaskState.Word(state)}:");
            foreach (var line in why)
                session.Screen.Say($"  {line}");
        });
    }

    private static ClientCommand Steps()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        return new ClientCommand("steps", "Lists what a task has done in steps and keeps over its attempts.", "pipelines tasks steps 42 load") { run, task, map }.Runs(async session =>
        {
            var instance = await InstanceAsync(session, session.Get(run), session.Get(task), session.Get(map));
            session.Screen.List(
                [.. (await session.Console.StepsAsync(instance.Key, StepRow.Most, session.Cancellation)).Select(step => new
                {
                    Kind = step.Kind.ToString().ToLowerInvariant(), step.Name, step.Attempt, step.Tries, step.StartedAt, step.FinishedAt, step.Output, step.Error,
                })],
                "It has none. A body does a part of itself once for all attempts with: await context.Step(\"name\", () => ...)",
                new("Step", step => step.Kind == "step" ? step.Name : $"{step.Kind} {step.Name}".TrimEnd()), new("State", step => step.Error is null ? "succeeded" : "failed"),
                new("Attempt", step => $"{step.Attempt}"), new("Tries", step => $"{step.Tries}"), new("Duration", step => Text.Span((step.FinishedAt - step.StartedAt).TotalSeconds)),
                new("Result", step => step.Error ?? step.Output ?? ""));
        });
    }

    private static ClientCommand Values()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        return new ClientCommand("values", "Lists what a task tells while it runs, the last of each: its progress, values by name, and its last heartbeat.", "pipelines tasks values 42 load") { run, task, map }.Runs(async session =>
        {
            var instance = await InstanceAsync(session, session.Get(run), session.Get(task), session.Get(map));
            session.Screen.List(
                [.. (await session.Console.ValuesAsync(instance.Key, session.Cancellation)).Select(row => new
                {
                    Kind = row.Kind.ToString().ToLowerInvariant(), row.Name, row.Attempt, row.At, Value = row.Json,
                })],
                "It has told nothing. A body does with: context.Progress(75, \"files 75/100\") and await context.SetValueAsync(\"rows\", 12)",
                new("Name", row => row.Kind == "value" ? row.Name : row.Kind), new("Value", row => row.Value ?? "", Wraps: true),
                new("Attempt", row => $"{row.Attempt}"), new("At", row => Text.Time(row.At)));
        });
    }

    private static async Task<InstanceRow> InstanceAsync(Session session, long runId, string taskId, int? map)
    {
        var run = await session.TaskAsync(runId, taskId);
        if (run.Instances.FirstOrDefault(one => one.Key.MapIndex == (map ?? -1)) is not { } instance)
            throw new CommandException((map, run.Instances.Count) switch
            {
                (_, 0) => $"run {runId} is {RunState.Word(run.Run.State)} and has no tasks yet. See: pipelines tasks why {runId} {taskId}",
                ({ } index, 1) => $"the task '{taskId}' has no element {index}; it is not mapped, or not yet. Leave --map out",
                ({ } index, var n) => $"the task '{taskId}' has no element {index}; it has 0 to {n - 2}",
                _ => $"the task '{taskId}' is mapped; say which element with --map",
            });
        // The mapped task's own row runs nothing: its log is that of its elements.
        if (map is null && run.Instances.Count > 1 && instance.Attempt == 0)
            throw new CommandException($"the task '{taskId}' is mapped over {run.Instances.Count - 1} elements; say which with --map 0 to {run.Instances.Count - 2}");
        return instance;
    }
}
