using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Backfills.</summary>
internal static class Backfills
{
    private const string Tag = "Backfills";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/backfills", List).Is("listBackfills", Tag, Role.Viewer, "Lists backfills", "Newest first.");
        api.MapGet("/backfills/{backfill:long}", Get).Is("getBackfill", Tag, Role.Viewer, "Reads a backfill", "With the counts of its runs by state.").IsPolled();
        api.MapPost("/backfills/preview", Preview).Is("previewBackfill", Tag, Role.Viewer, "Says what a backfill would do now", "Nothing is changed.");
        api.MapPost("/backfills", Create).Is("createBackfill", Tag, Role.Operator, "Makes a backfill", "Its runs are made as fast as 'maxActive' allows.").Produces<BackfillIdJson>(StatusCodes.Status201Created);
        api.MapPost("/backfills/{backfill:long}/pause", Pause).Is("pauseBackfill", Tag, Role.Operator, "Pauses a backfill", "What runs goes on.");
        api.MapPost("/backfills/{backfill:long}/resume", Resume).Is("resumeBackfill", Tag, Role.Operator, "Resumes a paused backfill");
        api.MapPost("/backfills/{backfill:long}/retry", Retry).Is("retryBackfill", Tag, Role.Operator, "Runs the dates of a backfill again that failed or were cancelled");
        api.MapPost("/backfills/{backfill:long}/cancel", Cancel).Is("cancelBackfill", Tag, Role.Operator, "Cancels a backfill");
        api.MapPut("/backfills/{backfill:long}/speed", SetSpeed).Is("setBackfillSpeed", Tag, Role.Operator, "Sets how many runs of a backfill run at once");
    }

    private static async Task<BackfillRow> FindAsync(IConsole console, long backfill, CancellationToken cancellation) =>
        await console.BackfillAsync(backfill, cancellation) ?? throw ApiException.Missing(
            $"there is no backfill {backfill}; " + (await console.BackfillsAsync(null, 1, cancellation) is [var newest, ..] ? $"the newest is {newest.Id}" : "there is none at all"));

    private static async Task<Page<BackfillJson>> List(string? dag, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        if (dag is not null)
            await Dags.FindAsync(console, dag, cancellation);
        var most = Cursor.Limit(limit);
        var rows = await console.BackfillsBeforeAsync(dag, Cursor.Read(cursor, 1)?[0], most + 1, cancellation);
        return Page<BackfillJson>.Of(rows, most, BackfillJson.Of, row => Cursor.Of(row.Id));
    }

    private static async Task<BackfillJson> Get(long backfill, IConsole console, CancellationToken cancellation) => BackfillJson.Of(await FindAsync(console, backfill, cancellation));

    private static async Task<BackfillPreviewJson> Preview(NewBackfillJson body, IConsole console, CancellationToken cancellation)
    {
        var plan = await PlanAsync(console, body, cancellation);
        var typical = await console.TypicalRunAsync(body.Dag, cancellation);
        return new(
            body.Dag, plan.Create, plan.Again, plan.Leave, plan.Total, plan.First?.ScheduledFor.ToDateTimeOffset(), plan.Last?.ScheduledFor.ToDateTimeOffset(),
            typical is { } seconds && plan.Total > 0 ? seconds * Math.Ceiling((double)plan.Total / Math.Max(1, body.MaxActive)) : null);
    }

    private static async Task<IResult> Create(NewBackfillJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var (total, makes) = (body.Total, body.MakesRuns);
        if (total is null || makes is null)
        {
            var plan = await PlanAsync(console, body, cancellation);
            (total, makes) = (total ?? plan.Total, makes ?? plan.Create > 0);
        }

        var id = await caller.Operations.CreateBackfillAsync(
            new NewBackfill(body.Dag, LocalDate.FromDateOnly(body.From), LocalDate.FromDateOnly(body.To), body.Existing, body.NewestFirst, body.MaxActive, total.Value)
            {
                Tasks = body.Tasks is { Count: > 0 } tasks ? tasks : null, Downstream = body.Downstream, MakesRuns = makes.Value, Version = body.Version,
                Arguments = body.Arguments?.ToJsonString(),
            },
            caller.By, cancellation);
        return Results.Created($"{ApiRoutes.Prefix}/backfills/{id}", new BackfillIdJson(id));
    }

    private static async Task<BackfillPlan> PlanAsync(IConsole console, NewBackfillJson asked, CancellationToken cancellation)
    {
        if (asked.From > asked.To)
            throw new RefusedException($"the backfill's first day {asked.From:yyyy-MM-dd} is after its last day {asked.To:yyyy-MM-dd}. Exchange them");
        var dag = await console.DagAsync(asked.Dag, cancellation) ?? throw new RefusedException($"there is no DAG '{asked.Dag}'; {ApiRoutes.Prefix}/dags lists those that there are");
        var now = Instant.FromDateTimeOffset(await console.NowAsync(cancellation));
        var range = new BackfillRange(LocalDate.FromDateOnly(asked.From), LocalDate.FromDateOnly(asked.To));
        var ticks = BackfillPlan.Bounded(range.Ticks(Dags.ScheduleOf(dag.Spec), now));
        var runs = ticks.Count == 0
            ? new Dictionary<DateTimeOffset, char>()
            : await console.ExistingRunsAsync(asked.Dag, ticks[0].ScheduledFor.ToDateTimeOffset(), ticks[^1].ScheduledFor.ToDateTimeOffset().AddSeconds(1), cancellation);
        return BackfillPlan.Make(ticks, runs, asked.Existing);
    }

    private static async Task<BackfillJson> Pause(long backfill, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.PauseBackfillAsync(backfill, caller.By, cancellation);
        return await Get(backfill, console, cancellation);
    }

    private static async Task<BackfillJson> Resume(long backfill, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.ResumeBackfillAsync(backfill, caller.By, cancellation);
        return await Get(backfill, console, cancellation);
    }

    private static async Task<CountJson> Retry(long backfill, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new(await caller.Operations.RetryBackfillAsync(backfill, caller.By, cancellation));

    private static async Task<BackfillJson> Cancel(long backfill, CancelBackfillJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.CancelBackfillAsync(backfill, body.StopRunning, caller.By, cancellation);
        return await Get(backfill, console, cancellation);
    }

    private static async Task<BackfillJson> SetSpeed(long backfill, SpeedJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.SetBackfillSpeedAsync(backfill, body.MaxActive, caller.By, cancellation);
        return await Get(backfill, console, cancellation);
    }
}
