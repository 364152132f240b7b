using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>What can be done with runs.</summary>
internal static class RunActions
{
    private const string Tag = "Runs";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/dags/{dag}/runs", Start).Is("startRun", Tag, Role.Operator, "Starts a run by hand", "It is queued, and starts when the DAG has a place free. A W3C traceparent header makes it part of that trace.")
            .Produces<StartedRunJson>(StatusCodes.Status201Created);
        api.MapPost("/runs/{run:long}/cancel", Cancel).Is("cancelRun", Tag, Role.Operator, "Cancels a run", "What runs is told to stop; the run ends when it has.");
        api.MapPost("/runs/{run:long}/clear", Clear).Is("clearRun", Tag, Role.Operator, "Runs tasks of a run again", "In this run, or with 'past' and 'future' in others too. The first element of the answer is this run.");
        api.MapPost("/runs/{run:long}/restart", Restart).Is("restartRun", Tag, Role.Operator, "Runs a whole run again");
        api.MapPost("/runs/{run:long}/mark", Mark).Is("markRun", Tag, Role.Operator, "Ends a run by hand");
        api.MapPost("/runs/{run:long}/undo", Undo).Is("undoRun", Tag, Role.Operator, "Undoes what an ended run has done", "Where its tasks have an undo: the last first. The run ends cancelled. Answers how many tasks are undone.");
        api.MapPost("/runs/{run:long}/rerun", Rerun).Is("rerun", Tag, Role.Operator, "Makes a run anew from a task on", "A new run of the same data on the current version; what is above the task is taken over with its outputs.")
            .Produces<StartedRunJson>(StatusCodes.Status201Created);
        api.MapPost("/runs/{run:long}/fork", Fork).Is(
            "forkRun", Tag, Role.Operator, "Forks a run", "A new run begins at a task, with the outputs of what had succeeded before it here. Each of the two runs names the other. A dry run answers 200 and makes nothing.")
            .Produces<ForkedRunJson>(StatusCodes.Status201Created).Produces<ForkedRunJson>(StatusCodes.Status200OK);
        api.MapPut("/runs/{run:long}/note", Note).Is("noteRun", Tag, Role.Operator, "Writes a note on a run").Produces(StatusCodes.Status204NoContent);
        api.MapDelete("/runs/{run:long}", Delete).Is("deleteRun", Tag, Role.Operator, "Deletes a run that has ended", "With its task instances, logs, artefacts and notes; its events stay.")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> Start(string dag, StartRunJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        if (body.IntervalStart is null != body.IntervalEnd is null)
            throw ApiException.Wrong("'intervalStart' and 'intervalEnd' are given together or not at all");
        var started = await caller.Operations.StartRunAsync(
            new NewRun(dag)
            {
                Interval = body is { IntervalStart: { } start, IntervalEnd: { } end } ? new Interval(start.ToUniversalTime(), end.ToUniversalTime()) : null,
                Arguments = body.Arguments?.ToJsonString(), Key = body.Key, Note = body.Note, Priority = body.Priority, TraceParent = caller.TraceParent,
                Signal = body.Signal is { } signal ? new NewSignal(signal.Name) { Payload = signal.Data?.ToJsonString(), Key = signal.Key, TraceParent = caller.TraceParent } : null,
            },
            caller.By, cancellation);
        return Results.Created($"{ApiRoutes.Prefix}/runs/{started.RunId}", new StartedRunJson(started.RunId, started.IsNew));
    }

    private static async Task<RunStateJson> Cancel(long run, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new(run, Words.Run.Of(await caller.Operations.CancelRunAsync(run, caller.By, cancellation)));

    private static async Task<Listing<ClearedJson>> Clear(long run, ClearJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        if (body.Task is null == body.Group is null)
            throw ApiException.Wrong("give 'task' or 'group', one of the two");
        var request = new ClearRequest(run, body.Task)
        {
            Group = body.Group, MapIndex = body.MapIndex ?? -1, Downstream = body.Downstream, Upstream = body.Upstream, OnlyFailed = body.OnlyFailed, Past = body.Past,
            Future = body.Future, DryRun = body.DryRun, ReuseSteps = body.ReuseSteps, FromStep = body.FromStep,
        };
        return new([.. (await caller.Operations.ClearTasksAsync(request, caller.By, cancellation)).Select(cleared => new ClearedJson(
            cleared.RunId, cleared.ScheduledFor, [.. cleared.Instances.Select(one => new ClearedInstanceJson(one.TaskId, Element.Of(one.MapIndex), Words.Task.Of(one.State)))],
            cleared.Cleared, cleared.Refused, [.. cleared.Kept.Select(KeptStepsJson.Of)]))]);
    }

    private static async Task<RunStateJson> Restart(long run, RestartJson body, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new(run, Words.Run.Of(await caller.Operations.ClearRunAsync(run, Current(body.Version), caller.By, cancellation)));

    private static async Task<RunStateJson> Mark(long run, MarkRunJson body, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new(run, Words.Run.Of(await caller.Operations.MarkRunAsync(run, Words.Run.Letter(body.State), caller.By, cancellation)));

    private static async Task<CountJson> Undo(long run, [AsParameters] Caller caller, CancellationToken cancellation) => new(await caller.Operations.UndoRunAsync(run, caller.By, cancellation));

    private static async Task<IResult> Rerun(long run, RerunJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var made = (await caller.Operations.ForkRunAsync(new ForkRequest(run, body.FromTask), caller.By, cancellation)).RunId!.Value;
        return Results.Created($"{ApiRoutes.Prefix}/runs/{made}", new StartedRunJson(made, true));
    }

    private static async Task<IResult> Fork(long run, ForkJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var made = ForkedRunJson.Of(await caller.Operations.ForkRunAsync(
            new ForkRequest(run, body.FromTask)
            {
                OnOriginalVersion = !Current(body.Version), Arguments = body.Arguments?.ToJsonString(), ReuseSteps = body.ReuseSteps, FromStep = body.FromStep, DryRun = body.DryRun,
            },
            caller.By, cancellation));
        return made.Run is null ? Results.Ok(made) : Results.Created($"{ApiRoutes.Prefix}/runs/{made.Run}", made);
    }

    private static async Task<IResult> Note(long run, WriteNoteJson body, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.NoteAsync(run, null, -1, body.Text, caller.By, cancellation);
        return Results.NoContent();
    }

    private static async Task<IResult> Delete(long run, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.DeleteRunAsync(run, caller.By, cancellation);
        return Results.NoContent();
    }

    private static bool Current(string version) => version switch
    {
        "current" => true,
        "original" => false,
        _ => throw ApiException.Wrong($"'version' cannot be '{version}'; write current or original"),
    };
}
