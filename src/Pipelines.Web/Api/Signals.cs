using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>What runs that wait are told: signals, and decisions of people.</summary>
internal static class Signals
{
    private const string Tag = "Signals and approvals";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{run:long}/signals/{signal}", Send).Is("sendSignal", Tag, Role.Operator, "Sends a run a signal", "When this answers, the signal is stored; it is kept until a task of the run takes it. The attempt that takes it links to the trace of a W3C traceparent header.")
            .Produces<SentSignalJson>(StatusCodes.Status201Created);
        api.MapGet("/runs/{run:long}/signals", List).Is("listSignals", Tag, Role.Viewer, "Lists the signals that a run was sent", "Newest first, at most 1,000.");
        api.MapGet("/approvals", ListApprovals).Is("listApprovals", Tag, Role.Viewer, "Lists what people are asked", "The longest open first; with decided=true those that are decided, the newest first.").IsPolled();
        api.MapGet("/runs/{run:long}/tasks/{task}/approval", Get).Is("getApproval", Tag, Role.Viewer, "Reads what a task asks people", "With its evidence, its form and the decisions so far.").IsPolled();
        api.MapPost("/runs/{run:long}/tasks/{task}/approve", Approve).Is("approve", Tag, Role.Operator, "Approves what a task asks", "'why' says the reason. Where more people must approve, it stays open. With 'askedAt' only what was looked at is approved.");
        api.MapPost("/runs/{run:long}/tasks/{task}/reject", Reject).Is("reject", Tag, Role.Operator, "Rejects what a task asks", "'why' says the reason. One person is enough. With 'askedAt' only what was looked at is rejected.");
    }

    private static async Task<IResult> Send(long run, string signal, SendSignalJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var sent = await caller.Operations.SendSignalAsync(run, new NewSignal(signal) { Payload = body.Data?.ToJsonString(), Key = body.Key, TraceParent = caller.TraceParent }, caller.By, cancellation);
        return Results.Json(new SentSignalJson(sent.SignalId, sent.IsNew), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<Listing<SignalJson>> List(long run, IConsole console, CancellationToken cancellation)
    {
        await Runs.FindAsync(console, run, cancellation);
        return new([.. (await console.SignalsAsync(run, SignalRow.Most, cancellation)).Select(SignalJson.Of)]);
    }

    private static async Task<Listing<ApprovalJson>> ListApprovals(bool? decided, int? limit, IConsole console, CancellationToken cancellation) =>
        new([.. (await console.ApprovalsAsync(decided != true, Cursor.Limit(limit), cancellation)).Select(ApprovalJson.Of)]);

    private static async Task<ApprovalDetailJson> Get(long run, string task, int? map, IConsole console, CancellationToken cancellation)
    {
        var instance = await Tasks.FindAsync(console, run, task, map, cancellation);
        return await console.ApprovalAsync(run, task, instance.Key.MapIndex, cancellation) is { } detail
            ? ApprovalDetailJson.Of(detail)
            : throw ApiException.Missing($"the task '{task}' of run {run} asks for no approval, or not yet");
    }

    private static async Task<DecidedJson> Approve(long run, string task, int? map, ApproveJson body, [AsParameters] Caller caller, CancellationToken cancellation) => new(Words.Approval.Of(
        await caller.Operations.DecideAsync(new NewDecision(run, task, true) { MapIndex = map ?? -1, Form = body.Form?.ToJsonString(), AskedAt = body.AskedAt }, caller.By, cancellation)));

    // The body may be left out, and is null then; were its type nullable, the document would say that null may be sent.
    private static async Task<DecidedJson> Reject(
        long run, string task, int? map, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] RejectJson body, [AsParameters] Caller caller, CancellationToken cancellation) => new(Words.Approval.Of(
        await caller.Operations.DecideAsync(new NewDecision(run, task, false) { MapIndex = map ?? -1, AskedAt = body?.AskedAt }, caller.By, cancellation)));
}
