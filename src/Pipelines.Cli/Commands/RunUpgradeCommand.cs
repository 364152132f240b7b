using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs upgrade: open runs go over to another version of their DAG.</summary>
internal static class RunUpgradeCommand
{
    public static ClientCommand Make()
    {
        var run = new Argument<long?>("run") { Description = "The run's number; without it --dag.", HelpName = "RUN", Arity = ArgumentArity.ZeroOrOne };
        var dag = new Option<string?>("--dag") { Description = "All open runs of this DAG that are on another version.", HelpName = "DAG" };
        var to = new Option<int?>("--to") { Description = "The version; default: the DAG's current one.", HelpName = "VERSION" };
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        return new ClientCommand(
            "upgrade", "Moves open runs to another version of their DAG: what is done stays, added tasks run, and what waits is decided by the new graph.",
            "pipelines runs upgrade --dag orders_daily --dry-run") { run, dag, to, dry, SharedOptions.Why() }.Runs(async session =>
        {
            var (one, all, tried) = (session.GetOrNull(run), session.Get(dag), session.Get(dry));
            if (one is null == all is null)
                throw new CommandException("say one run, or --dag for all open runs of a DAG");
            var moved = await session.Operations.UpgradeRunsAsync(
                new UpgradeRequest { RunId = one, DagId = all, Version = session.Get(to), DryRun = tried }, session.By, session.Cancellation);
            if (one is not null && moved[0].Refused is { } refused)
                throw new RefusedException(refused);
            session.Screen.Document(new { dryRun = tried, runs = moved });
            foreach (var change in moved)
                session.Screen.Say(Line(change, tried));
            if (moved.Count == 0)
                session.Screen.Say($"No open run of {all} is on another version: there is nothing to move.");
            else if (tried)
                session.Screen.Say($"{Text.Count(moved.Count(change => change.Refused is null), "run")} of {moved.Count} can be moved. Nothing was changed.");

            // Every run was refused: a script shall not take that for done.
            return moved.Count > 0 && moved.All(change => change.Refused is not null) ? 1 : 0;
        });
    }

    private static string Line(UpgradedRun run, bool dry)
    {
        if (run.Refused is { } why)
            return $"Run {run.RunId} stays on version {run.From}: {why}";
        var change = string.Join("; ", new[] { Named("adds", run.Added), Named("removes", run.Removed), Named("rewires", run.Rewired) }.OfType<string>());
        return $"Run {run.RunId} {(dry ? "would go" : "went")} from version {run.From} to {run.To}: {(change.Length > 0 ? change : "the same graph in a new assembly")}.";
    }

    private static string? Named(string verb, IReadOnlyList<string> tasks) => tasks.Count == 0 ? null : $"{verb} {string.Join(", ", tasks)}";
}
