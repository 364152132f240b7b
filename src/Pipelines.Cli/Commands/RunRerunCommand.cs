using System.CommandLine;
using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs rerun: a new run that begins at a task, and failed runs that go on, many at once.</summary>
internal static class RunRerunCommand
{
    public static ClientCommand Make()
    {
        var run = new Argument<long?>("run") { Description = "The run's number; without it --dag.", HelpName = "RUN", Arity = ArgumentArity.ZeroOrOne };
        var from = new Option<string?>("--from") { Description = "The first task that runs; what is not below it and had succeeded is taken over with its output.", HelpName = "TASK" };
        var dag = new Option<string?>("--dag") { Description = "All failed runs of this DAG: what failed runs again in each, or with --from a new run is made of each that none was made of yet.", HelpName = "DAG" };
        var state = new Option<string?>("--state") { Description = "With --dag: failed, which are those that can go on.", HelpName = "failed" };
        var since = new Option<string?>("--since") { Description = "With --dag: only those that ended then or later.", HelpName = "MOMENT" };
        var (reuse, step) = (TaskControlCommands.ReuseSteps(), TaskControlCommands.FromStep());
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        return new ClientCommand(
            "rerun", "Makes a new run of the same data and arguments that begins at a task, with the outputs of what ran before it; or goes on with all runs of a DAG that failed.",
            "pipelines runs rerun 42 --from load --why 'the target was rebuilt'")
            { run, from, dag, state, since, reuse, step, dry, SharedOptions.Why() }.Runs(session => (session.GetOrNull(run), session.Get(dag)) switch
            {
                ({ } one, null) => OneAsync(
                    session,
                    new ForkRequest(one, session.Get(from) ?? throw new CommandException("say with --from at which task the new run begins"))
                    {
                        ReuseSteps = session.Get(reuse), FromStep = session.Get(step), DryRun = session.Get(dry),
                    },
                    session.Get(since)),
                (null, { }) when session.Get(step) is not null => throw new CommandException("--from-step belongs to one run: others may not have done that step"),
                (null, { } all) => ManyAsync(session, all, session.Get(from), session.Get(state), session.Get(since), session.Get(reuse), session.Get(dry)),
                _ => throw new CommandException("say one run, or --dag for the failed runs of a DAG"),
            });
    }

    private static async Task<int> OneAsync(Session session, ForkRequest request, string? since)
    {
        if (since is not null)
            throw new CommandException("--since belongs to --dag: of one run it is known which it is");
        await RunForkCommand.ForkAsync(session, request);
        return 0;
    }

    /// <summary>1 when every run was refused: a script shall not take that for done.</summary>
    private static async Task<int> ManyAsync(Session session, string dag, string? from, string? state, string? since, bool reuse, bool dry)
    {
        if (state is not (null or "failed"))
            throw new CommandException($"--state cannot be '{state}': runs that failed can go on; write failed");
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull((await session.DagAsync(dag)).Spec.TimeZone) ?? DateTimeZone.Utc;
        var done = await session.Operations.RerunFailedAsync(
            new RerunFailed(dag) { Since = since is null ? null : DateText.Moment("--since", since, zone).ToDateTimeOffset(), FromTask = from, ReuseSteps = reuse, DryRun = dry }, session.By, session.Cancellation);
        session.Screen.Document(new { dryRun = dry, runs = done });
        foreach (var one in done)
            session.Screen.Say(Line(one, dry));
        var can = done.Count(one => one.Refused is null);
        session.Screen.Say(done.Count == 0 ? $"No run of {dag} has failed{(since is null ? "" : $" since {since}")}{(from is null ? "" : " that no other run was made of")}." : dry ? $"{Text.Count(can, "run")} of {done.Count} can go on. Nothing was changed." : $"{Text.Count(can, "run")} of {done.Count} {(can == 1 ? "goes" : "go")} on.");
        return done.Count > 0 && can == 0 ? 1 : 0;
    }

    private static string Line(RerunRun run, bool dry) =>
        run.Refused is { } why ? $"Run {run.RunId} is left alone: {why}"
        : run.Made is { } made ? $"Run {made} is queued: it begins at {run.Tasks[0]} with what run {run.RunId} came to."
        : run.Instances == 0 ? $"Of run {run.RunId} a new one would be made that begins at {run.Tasks[0]}."
        : $"Run {run.RunId} {(dry ? "would run" : "runs")} {Text.Count(run.Instances, "task instance")} again: {string.Join(", ", run.Tasks)}.";
}
