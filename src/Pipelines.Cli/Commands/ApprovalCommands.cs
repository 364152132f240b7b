using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>approvals: what tasks ask people.</summary>
internal static class ApprovalCommands
{
    public static Command All() => new("approvals", "What tasks ask people.") { List(), Show(), Approve(), Reject() };

    private static ClientCommand List()
    {
        var decided = new Option<bool>("--decided") { Description = "Those that are decided, the newest first." };
        var limit = Arguments.Limit(100, "approvals", most: 1000);
        return new ClientCommand("list", "Lists what people are asked, the longest open first.", "pipelines approvals list") { decided, limit }.Runs(async session =>
        {
            var rows = await session.Console.ApprovalsAsync(!session.Get(decided), session.Get(limit), session.Cancellation);
            session.Screen.List(
                [.. rows.Select(View)], session.Get(decided) ? "None was decided yet." : "Nobody is asked anything.",
                new("Run", row => $"{row.Run}"), new("Dag", row => row.Dag), new("Task", row => row.Task), new("State", row => row.State), new("Question", row => row.Question, Wraps: true),
                new("Asked", row => Text.Brief(row.AskedAt)), new("Expires", row => Text.Brief(row.ExpiresAt)), new("By", row => row.State == "open" && row.Needed > 1 ? $"{row.DecidedBy.Count} of {row.Needed}" : string.Join(", ", row.DecidedBy)));
        });
    }

    private static ClientCommand Show()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        return new ClientCommand("show", "Shows what a task asks, with its evidence and the decisions so far.", "pipelines approvals show 81 post_adjustments") { run, task, map }.Runs(async session =>
        {
            var detail = await FindAsync(session, session.Get(run), session.Get(task), session.Get(map));
            session.Screen.Document(new { Approval = View(detail.Row), detail.Evidence, detail.Form, detail.Decisions, detail.Downstream });
            session.Screen.Say(detail.Row.Question);
            session.Screen.Say($"{Text.Instance(detail.Row.TaskId, detail.Row.MapIndex)} of run {detail.Row.RunId} of {detail.Row.DagId}, {Word(detail.Row.State)}; asked {Text.Time(detail.Row.AskedAt)}"
                + (detail.Row.ExpiresAt is { } until ? $", until {Text.Time(until)}, then {Word(detail.Row.OnExpiry)}" : ""));
            if (detail.Evidence is not null)
                session.Screen.Say(detail.Evidence);
            foreach (var decision in detail.Decisions)
                session.Screen.Say($"{Text.Time(decision.At)} {decision.By} {(decision.Approves ? "approved" : "rejected")}{(decision.Note is null ? "" : $": {decision.Note}")}");
        });
    }

    private static ClientCommand Approve()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        var form = new Option<string?>("--form") { Description = "The form, as a JSON object.", HelpName = "JSON" };
        return new ClientCommand("approve", "Approves what a task asks.", "pipelines approvals approve 81 post_adjustments --why 'checked against the bank'") { run, task, map, form, SharedOptions.Why() }.Runs(
            session => DecideAsync(session, new NewDecision(session.Get(run), session.Get(task), true) { MapIndex = session.Get(map) ?? -1, Form = session.Get(form) }));
    }

    private static ClientCommand Reject()
    {
        var (run, task, map) = (Arguments.Run(), Arguments.Task(), Arguments.Map());
        return new ClientCommand("reject", "Rejects what a task asks.", "pipelines approvals reject 82 post_adjustments --why 'the bank file is a day old'") { run, task, map, SharedOptions.Why() }.Runs(
            session => DecideAsync(session, new NewDecision(session.Get(run), session.Get(task), false) { MapIndex = session.Get(map) ?? -1 }));
    }

    private static async Task DecideAsync(Session session, NewDecision decision)
    {
        var state = await session.Operations.DecideAsync(decision, session.By, session.Cancellation);
        var detail = await FindAsync(session, decision.RunId, decision.TaskId, decision.MapIndex < 0 ? null : decision.MapIndex);
        session.Screen.Document(View(detail.Row));
        session.Screen.Say(state == 'a'
            ? $"Approved by you; {detail.Row.Given} of {detail.Row.Needed} have: {string.Join(", ", detail.Row.DecidedBy)}."
            : $"{Text.Instance(decision.TaskId, decision.MapIndex)} of run {decision.RunId} is {Word(state)}.");
    }

    private static async Task<ApprovalDetail> FindAsync(Session session, long run, string task, int? map)
    {
        await session.TaskAsync(run, task);
        return await session.Console.ApprovalAsync(run, task, map ?? -1, session.Cancellation)
            ?? throw new CommandException($"the task '{task}' of run {run} asks for no approval, or not yet. See: pipelines tasks why {run} {task}{Arguments.MapText(map ?? -1)}");
    }

    private static ApprovalView View(ApprovalRow row) => new(
        row.RunId, row.DagId, Text.Instance(row.TaskId, row.MapIndex), Word(row.State), row.Question, row.AskedAt, row.ExpiresAt, row.DecidedAt, row.Needed, row.DecidedBy, row.People, row.ByAdmin, row.NotByStarter);

    private static string Word(char state) => state switch { 'a' => "open", 's' => "approved", 'f' => "rejected", _ => "taken back" };

    private sealed record ApprovalView(
        long Run, string Dag, string Task, string State, string Question, DateTimeOffset AskedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? DecidedAt, int Needed, IReadOnlyList<string> DecidedBy,
        IReadOnlyList<string> People, bool ByAdmin, bool NotByStarter);
}
