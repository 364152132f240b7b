using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs fork: a new run that begins with what another one came to.</summary>
internal static class RunForkCommand
{
    public static ClientCommand Make()
    {
        var run = Arguments.Run();
        var from = new Option<string>("--from") { Description = "The first task that runs; what is not below it and had succeeded is taken over with its output.", HelpName = "TASK", Required = true };
        var pairs = new Option<string[]>("--arg", "--argument") { Description = "An argument that is another than the run's; may be repeated.", HelpName = "NAME=VALUE" };
        var version = new Option<string?>("--version") { Description = "original: that of the run, the default; or current: the DAG's newest.", HelpName = "WHICH" };
        var (reuse, step) = (TaskControlCommands.ReuseSteps(), TaskControlCommands.FromStep());
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would be made." };
        return new ClientCommand(
            "fork", "Makes a new run that begins at a task with the outputs of what had succeeded before it; the run itself stays as it is.",
            "pipelines runs fork 42 --from load --version current --reuse-steps")
            { run, from, pairs, version, reuse, step, dry, SharedOptions.Why() }.Runs(async session =>
            {
                var original = session.Get(version) switch
                {
                    null or "original" => true,
                    "current" => false,
                    var other => throw new CommandException($"--version cannot be '{other}'; write original or current"),
                };
                await ForkAsync(session, new ForkRequest(session.Get(run), session.Get(from)!)
                {
                    OnOriginalVersion = original, ReuseSteps = session.Get(reuse), FromStep = session.Get(step), DryRun = session.Get(dry),
                    Arguments = session.Get(pairs) is { Length: > 0 } given ? RunCommands.ArgumentsOf((await session.RunAsync(session.Get(run))).Spec, given, null) : null,
                });
            });
    }

    public static async Task ForkAsync(Session session, ForkRequest request)
    {
        var made = await session.Operations.ForkRunAsync(request, session.By, session.Cancellation);
        if (made.RunId is { } id)
            session.Screen.Document(RunView.Of((await session.RunAsync(id)).Run));
        else
            session.Screen.Document(made);
        session.Screen.Say(made.RunId is { } run
            ? $"Run {run} is queued: it begins at {request.FromTask} with what run {request.RunId} came to. `pipelines runs show {run}` shows it."
            : $"A run would be made on version {made.Version} that begins at {request.FromTask} with what run {request.RunId} came to.");
        if (request.DryRun)
        {
            session.Screen.Say($"  {Text.Count(made.TakenOver.Count, "task")} taken over{Names(made.TakenOver)}");
            session.Screen.Say($"  {Text.Count(made.Runs.Count, "task")} to run{Names(made.Runs)}");
        }

        TaskControlCommands.SayKept(session, made.Kept);
    }

    private static string Names(IReadOnlyList<string> tasks) => tasks.Count == 0 ? "" : ": " + string.Join(", ", tasks);
}
