using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>What a task asks people.</summary>
/// <param name="Run">The run.</param>
/// <param name="Dag">The DAG.</param>
/// <param name="ScheduledFor">What the run stands for.</param>
/// <param name="Task">The task that asks.</param>
/// <param name="MapIndex">Its element; null: it is not mapped.</param>
/// <param name="State">open, approved, rejected or taken back.</param>
/// <param name="Question">One sentence.</param>
/// <param name="AskedAt">When.</param>
/// <param name="ExpiresAt">Until when it can be decided; null: for ever.</param>
/// <param name="DecidedAt">When it was.</param>
/// <param name="Needed">How many people must approve.</param>
/// <param name="DecidedBy">Who has decided so far.</param>
/// <param name="People">The accounts that may decide; empty: everybody of the role.</param>
/// <param name="ByAdmin">Only administrators may.</param>
/// <param name="NotByStarter">Whoever started the run may not.</param>
/// <param name="Starter">Who started the run.</param>
/// <param name="OnExpiry">What no decision in time means: approved or rejected.</param>
public sealed record ApprovalJson(
    long Run, string Dag, DateTimeOffset ScheduledFor, string Task, int? MapIndex, [property: OneOf(Words.ApprovalStates)] string State, string Question, DateTimeOffset AskedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? DecidedAt, int Needed, IReadOnlyList<string> DecidedBy, IReadOnlyList<string> People, bool ByAdmin, bool NotByStarter, string Starter,
    [property: OneOf(Words.ApprovalStates)] string OnExpiry)
{
    internal static ApprovalJson Of(ApprovalRow row) => new(
        row.RunId, row.DagId, row.ScheduledFor, row.TaskId, Element.Of(row.MapIndex), Words.Approval.Of(row.State), row.Question, row.AskedAt, row.ExpiresAt, row.DecidedAt, row.Needed, row.DecidedBy,
        row.People, row.ByAdmin, row.NotByStarter, row.Starter, Words.Approval.Of(row.OnExpiry));

    internal ApprovalRow Port => new(
        Run, Dag, ScheduledFor, Task, MapIndex ?? -1, Words.Approval.Letter(State), Question, AskedAt, ExpiresAt, DecidedAt, DecidedBy.Count, Needed)
    {
        People = People, ByAdmin = ByAdmin, NotByStarter = NotByStarter, Starter = Starter, OnExpiry = Words.Approval.Letter(OnExpiry), DecidedBy = DecidedBy,
    };
}

/// <summary>What a task asks people, with all that they are shown.</summary>
/// <param name="Approval">What is asked.</param>
/// <param name="Evidence">What is shown with it.</param>
/// <param name="Form">JSON Schema of the form; null: there is none.</param>
/// <param name="Decisions">So far, oldest first.</param>
/// <param name="Downstream">The tasks that wait for it.</param>
public sealed record ApprovalDetailJson(ApprovalJson Approval, JsonNode? Evidence, JsonNode? Form, IReadOnlyList<DecisionJson> Decisions, IReadOnlyList<string> Downstream)
{
    internal static ApprovalDetailJson Of(ApprovalDetail detail) =>
        new(ApprovalJson.Of(detail.Row), ApiJson.Parse(detail.Evidence), ApiJson.Parse(detail.Form), [.. detail.Decisions.Select(DecisionJson.Of)], detail.Downstream);

    internal ApprovalDetail Port => new(Approval.Port, Evidence?.ToJsonString(), Form?.ToJsonString(), [.. Decisions.Select(decision => decision.Port)], Downstream);
}

/// <summary>One person's answer.</summary>
/// <param name="By">The account.</param>
/// <param name="Approves">Or rejects.</param>
/// <param name="Note">Why.</param>
/// <param name="Form">What was filled in.</param>
/// <param name="At">When.</param>
public sealed record DecisionJson(string By, bool Approves, string? Note, JsonNode? Form, DateTimeOffset At)
{
    internal static DecisionJson Of(DecisionRow row) => new(row.By, row.Approves, row.Note, ApiJson.Parse(row.Form), row.At);

    internal DecisionRow Port => new(By, Approves, Note, Form?.ToJsonString(), At);
}

/// <summary>An approval, with what its form asks for.</summary>
/// <param name="Form">The form, filled in; what has a default may be left out.</param>
/// <param name="AskedAt">'askedAt' of what was looked at: refused where it is asked anew since. Null: whatever is asked now is approved.</param>
public sealed record ApproveJson(JsonNode? Form = null, DateTimeOffset? AskedAt = null);

/// <summary>A rejection. Without a body, whatever is asked now is rejected.</summary>
/// <param name="AskedAt">'askedAt' of what was looked at: refused where it is asked anew since.</param>
public sealed record RejectJson(DateTimeOffset? AskedAt = null);

/// <summary>What a question has come to.</summary>
/// <param name="State">open while more people must approve.</param>
public sealed record DecidedJson([property: OneOf(Words.ApprovalStates)] string State);
