using System.CommandLine;
using NodaTime;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Commands;

/// <summary>backfill: runs for dates that have passed.</summary>
internal static class BackfillCommands
{
    public static Command All() => new("backfill", "Runs for dates that have passed.")
    {
        Preview(), Create(), List(), Show(), Pause(), Resume(), Speed(), Retry(), Cancel(),
    };

    private static ClientCommand Preview()
    {
        var request = new RequestOptions();
        return request.AddTo(new ClientCommand(
            "preview", "Shows what a backfill would make, run again and leave alone, and writes nothing.",
            "pipelines backfill preview orders_daily --from 2026-01-01 --to 2026-01-31")).Runs(async session =>
        {
            var preview = await ShownBackfill.LoadAsync(session, request);
            session.Screen.Document(preview.View);
            preview.Print(session.Screen);
        });
    }

    private static ClientCommand Create()
    {
        var request = new RequestOptions();
        var newestFirst = new Option<bool>("--newest-first") { Description = "Make the newest dates first." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask. Nobody is asked where there is no terminal." };
        var wait = new Option<bool>("--wait") { Description = "Wait for its end with a progress bar; exit code 0 only if every run succeeded." };
        var command = request.AddTo(new ClientCommand(
            "create", "Shows the preview, then makes the runs in paced batches, behind scheduled runs.",
            "pipelines backfill create orders_daily --from 2026-01-01 --to 2026-01-31 --wait"));
        command.Add(SharedOptions.Why());
        command.Add(newestFirst);
        command.Add(yes);
        command.Add(wait);
        return command.Runs(async session =>
        {
            var preview = await ShownBackfill.LoadAsync(session, request, session.Get(newestFirst));
            preview.Print(session.Screen);
            if (preview.Plan.Total == 0)
            {
                session.Screen.Document(new CreatedBackfillView(preview.View, null));
                session.Screen.Say("Nothing to do, so no backfill was created. --existing failed or all runs dates again.");
                return 0;
            }

            if (session.Screen.IsTerminal && !session.Screen.IsJson && !session.Get(yes) && !session.Get(wait)
                && !await new Spectre.Console.ConfirmationPrompt("Create it?").ShowAsync(session.Screen.Ansi, session.Cancellation))
                throw new CommandException("no backfill was created");
            var id = await session.Operations.CreateBackfillAsync(preview.Asked, session.By, session.Cancellation);
            session.Screen.Say($"Backfill {id} is created. `pipelines backfill show {id}` shows how far it is.");
            if (preview.Dag.Paused)
                await session.Remarks.WriteLineAsync($"The DAG is paused: the backfill goes on after `pipelines dags resume {preview.Dag.Spec.Id}`.");
            var code = session.Get(wait) ? await BackfillProgress.WatchAsync(session.Console, id, Watched(session), session.Cancellation) : 0;
            session.Screen.Document(new CreatedBackfillView(preview.View, BackfillView.Of(await session.BackfillAsync(id))));
            return code;
        });
    }

    /// <summary>Programs get one document; the bar is for people, so it goes where remarks go.</summary>
    private static Spectre.Console.IAnsiConsole Watched(Session session) =>
        session.Screen.IsJson ? new Screen(session.Remarks, OutputFormat.Table).Ansi : session.Screen.Ansi;

    private static ClientCommand List()
    {
        var id = new Option<string?>("--dag") { Description = "Only backfills of this DAG.", HelpName = "DAG" };
        var limit = Arguments.Limit(20, "backfills");
        return new ClientCommand("list", "Lists the newest backfills.", "pipelines backfill list --dag orders_daily") { id, limit }.Runs(async session =>
        {
            if (session.Get(id) is { } dag)
                await session.DagAsync(dag);
            session.Screen.List(
                [.. (await session.Console.BackfillsAsync(session.Get(id), session.Get(limit), session.Cancellation)).Select(BackfillView.Of)], "No backfills.",
                new("Id", row => $"{row.Backfill}"), new("Dag", row => row.Dag), new("From", row => row.From), new("To", row => row.To), new("State", row => row.State),
                new("Done", row => $"{row.Done} of {row.Total}"), new("Failed", row => row.Failed == 0 ? "" : $"{row.Failed}", _ => "red"),
                new("Created", row => Text.Brief(row.CreatedAt)), new("By", row => row.CreatedBy));
        });
    }

    private static ClientCommand Show()
    {
        var id = Arguments.Backfill();
        return new ClientCommand("show", "Shows a backfill and how far it is.", "pipelines backfill show 7") { id }.Runs(async session =>
        {
            var row = await session.BackfillAsync(session.Get(id));
            var left = BackfillEstimate.Left(await session.Console.TypicalRunAsync(row.DagId, session.Cancellation), row);
            var view = BackfillView.Of(row) with { EstimatedSecondsLeft = left };
            session.Screen.Document(view);
            session.Screen.Facts(
                ("Backfill", $"{view.Backfill} of {view.Dag}"), ("Days", $"{view.From} to {view.To}"), ("State", view.State),
                ("Order", view.NewestFirst ? "newest first" : "oldest first"), ("Existing runs", view.Existing), ("Runs at once", $"{view.MaxActive}"),
                ("Done", $"{view.Done} of {view.Total}"), ("Running", $"{view.Running}"), ("Queued", $"{view.Queued}"), ("Succeeded", $"{view.Succeeded}"),
                ("Failed", $"{view.Failed}"), ("Cancelled", $"{view.Cancelled}"),
                ("Left", left is { } seconds ? $"about {Text.Span(seconds)}, by the median of the DAG's newest runs" : null),
                ("Tasks", view.Tasks is { } tasks ? string.Join(", ", tasks) : null), ("Run again on", $"the {view.Version} version"), ("Arguments", row.Arguments), ("Created", $"{Text.Time(view.CreatedAt)} by {view.CreatedBy}"),
                ("Finished", Text.Time(view.FinishedAt)));
        });
    }

    private static ClientCommand Pause() => Change(
        "pause", "Holds a backfill: no further runs of it start, what runs goes on.", [],
        (session, id) => session.Operations.PauseBackfillAsync(id, session.By, session.Cancellation),
        id => $"Backfill {id} is paused; what runs goes on. `pipelines backfill resume {id}` ends that.");

    private static ClientCommand Resume() => Change(
        "resume", "Lets a paused backfill go on.", [],
        (session, id) => session.Operations.ResumeBackfillAsync(id, session.By, session.Cancellation),
        id => $"Backfill {id} goes on.");

    private static ClientCommand Speed()
    {
        var maxActive = Arguments.AtLeast(1, new Option<int>("--max-active") { Description = "Runs at once, from now on; what runs goes on.", HelpName = "N", Required = true });
        return Change(
            "speed", "Changes how many runs of a backfill run at once.", [maxActive],
            (session, id) => session.Operations.SetBackfillSpeedAsync(id, session.Get(maxActive), session.By, session.Cancellation),
            id => $"Backfill {id} has its new speed. `pipelines backfill show {id}` shows how far it is.",
            "--max-active 4");
    }

    private static ClientCommand Retry() => Change(
        "retry", "Runs the dates of a backfill again that failed or were cancelled.", [],
        (session, id) => session.Operations.RetryBackfillAsync(id, session.By, session.Cancellation),
        id => $"The failed dates of backfill {id} run again. `pipelines backfill show {id}` shows how far it is.");

    private static ClientCommand Cancel()
    {
        var stop = new Option<bool>("--stop-running") { Description = "Cancel the runs that are running, too." };
        return Change(
            "cancel", "Ends a backfill: no further runs are made, its queued ones are cancelled.", [stop],
            (session, id) => session.Operations.CancelBackfillAsync(id, session.Get(stop), session.By, session.Cancellation),
            id => $"Backfill {id} is cancelled.");
    }

    private static ClientCommand Change(string name, string description, Option[] options, Func<Session, long, Task> change, Func<long, string> said, string? with = null)
    {
        var id = Arguments.Backfill();
        var command = new ClientCommand(name, description, $"pipelines backfill {name} 7{(with is null ? "" : $" {with}")}") { id, SharedOptions.Why() };
        foreach (var option in options)
            command.Add(option);
        return command.Runs(async session =>
        {
            await change(session, session.Get(id));
            session.Screen.Document(BackfillView.Of(await session.BackfillAsync(session.Get(id))));
            session.Screen.Say(said(session.Get(id)));
        });
    }
}
