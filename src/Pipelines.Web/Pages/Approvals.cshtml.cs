using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages;

/// <summary>The inbox: what people are asked, one of it with its evidence and form; what waits for a signal; what was decided. <c>part=inbox</c> gives the list alone.</summary>
public sealed class ApprovalsModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>mine, all, signals or done.</summary>
    public string List { get; private set; } = ApprovalInbox.Mine;

    public IReadOnlyList<ApprovalRow> Rows { get; private set; } = [];

    public IReadOnlyList<SignalWaitRow> Signals { get; private set; } = [];

    public (int Mine, int All, int Signals) Counts { get; private set; }

    /// <summary>The one that is shown; null: none is asked.</summary>
    public ApprovalDetail? Shown { get; private set; }

    public IReadOnlyList<ApprovalRow> Earlier { get; private set; } = [];

    internal TriggerForm? Form { get; private set; }

    /// <summary>Somebody who has approved has filled the form in, and this console cannot read it: it stays as it is.</summary>
    public bool FormSealed => Payloads.HasEncoded(Given);

    /// <summary>The form of the last who has approved with one: it is used unless another replaces it.</summary>
    private string? Given => Shown?.Decisions.LastOrDefault(decision => decision.Approves && decision.Form is not null)?.Form;

    /// <summary>What keeps a decision from being made, beside what stands at fields.</summary>
    public string? Refused { get; private set; }

    /// <summary>The note of a decision that was not made: it is not typed twice.</summary>
    public string? Why { get; private set; }

    /// <summary>Whether the list has more than are shown.</summary>
    public bool Cut { get; private set; }

    public async Task<IActionResult> OnGetAsync(long? run, string? task, int? map, string? list, string? part, CancellationToken cancellation)
    {
        if (await LoadAsync(run, task, map, list, cancellation) is { } missing)
            return missing;
        if (Shown?.Form is { } form && !FormSealed)
            Form = TriggerForm.Prefilled(Asked(form), Request.Query, Given);
        return part == "inbox" ? Partial("_Inbox", this) : Page();
    }

    public async Task<IActionResult> OnPostDecideAsync(long run, string task, int? map, string? list, [FromForm] string? decision, CancellationToken cancellation)
    {
        if (await LoadAsync(run, task, map, list, cancellation) is { } missing)
            return missing;
        var approves = decision == "approve";
        Why = Request.Form["why"];
        if (Shown!.Form is { } schema && Request.Form.ContainsKey("shown"))
            Form = TriggerForm.Sent(Asked(schema), Request.Form, whole: Shown.Row.Needed > 1);
        try
        {
            if (decision is not ("approve" or "reject"))
                throw new RefusedException("choose to approve or to reject");
            if (approves)
                Form?.Check();
            if (Form is { Problems.Count: > 0 } && approves)
                return Page();
            var state = await Visit.Operations.DecideAsync(
                new NewDecision(run, task, approves) { MapIndex = map ?? -1, Form = approves ? Form?.Arguments() : null, AskedAt = AskedAt() }, Visit.By(Why, Request.Form["once"]), cancellation);
            Visit.Say(state switch { 'a' => $"You have approved; {Shown.Row.Needed - Shown.Row.Given - 1} more must.", 's' => "Approved: the run goes on.", _ => "Rejected." });
            return LocalRedirect(Links.With("/approvals", ("list", List, ApprovalInbox.Mine)));
        }
        catch (RefusedException e)
        {
            Refused = e.Message;
            return Page();
        }
    }

    private async Task<IActionResult?> LoadAsync(long? run, string? task, int? map, string? list, CancellationToken cancellation)
    {
        List = list is ApprovalInbox.All or ApprovalInbox.Signals or ApprovalInbox.Done ? list : ApprovalInbox.Mine;
        var open = await Store.ApprovalsAsync(open: true, ApprovalInbox.Looked, cancellation);
        var mine = open.Where(row => ApprovalInbox.IsFor(row, Visit.Who)).ToList();
        var signals = await Store.SignalWaitsAsync(ApprovalInbox.Looked, cancellation);
        Counts = (mine.Count, open.Count, signals.Count);
        IReadOnlyList<ApprovalRow> rows = List switch
        {
            ApprovalInbox.All => open,
            ApprovalInbox.Signals => [],
            ApprovalInbox.Done => await Store.ApprovalsAsync(open: false, ApprovalInbox.Shown + 1, cancellation),
            _ => mine,
        };
        Rows = [.. rows.Take(ApprovalInbox.Shown)];
        Signals = [.. signals.Take(ApprovalInbox.Shown)];
        Cut = List == ApprovalInbox.Signals ? signals.Count > Signals.Count : rows.Count > Rows.Count;
        await ClockAsync(cancellation);
        if (run is { } asked)
        {
            Shown = await Store.ApprovalAsync(asked, task!, map ?? -1, cancellation);
            if (Shown is null)
                return Missing($"The task '{task}' of run {asked} asks for no approval, or not yet.");
        }
        else if (Rows is [var first, ..])
            Shown = await Store.ApprovalAsync(first.RunId, first.TaskId, first.MapIndex, cancellation);
        if (Shown is { Row: { } row })
            Earlier = await Store.EarlierApprovalsAsync(row.DagId, row.TaskId, row.RunId, 10, cancellation);
        return null;
    }

    /// <summary>When what the form was sent from was asked.</summary>
    private DateTimeOffset? AskedAt() => DateTimeOffset.TryParse((string?)Request.Form["asked"], CultureInfo.InvariantCulture, out var at) ? at : null;

    private static DagSpec Asked(string form) => new() { Id = "form", Type = "", Tasks = [], Arguments = System.Text.Json.Nodes.JsonNode.Parse(form) };
}
