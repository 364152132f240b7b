using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>DAGs: what is loaded, when it runs, and its grid.</summary>
internal static class Dags
{
    private const string Tag = "DAGs";
    private const int MostTicks = 1000;
    private const int MostRuns = 1000;
    private const int GridRuns = 60;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/dags", List).Is("listDags", Tag, Role.Viewer, "Lists the DAGs", "All DAGs that are or were loaded, retired ones last, each with its newest runs.").IsPolled();
        api.MapGet("/dags/{dag}", Get).Is("getDag", Tag, Role.Viewer, "Reads a DAG", "A DAG with the graph of its current version and its newest events.").IsPolled();
        api.MapGet("/dags/{dag}/grid", GetGrid).Is("getGrid", Tag, Role.Viewer, "Reads the grid of a DAG", "Its newest runs, up to 'end' if that is given, with the state of every task.").IsPolled();
        api.MapGet("/dags/{dag}/events", ListEvents).Is("listDagEvents", Tag, Role.Viewer, "Lists the events of a DAG itself", "Newest first. Events of its runs are at the runs.");
        api.MapGet("/dags/{dag}/scheduling", GetScheduling).Is("getScheduling", Tag, Role.Viewer, "Reads what the scheduler decides from", "What it would decide from if the DAG were due now.");
        api.MapGet("/dags/{dag}/ticks", ListTicks).Is("listTicks", Tag, Role.Viewer, "Lists the next ticks", "The ticks after 'from', or after now. Not known for a schedule that is code of the DAG.");
        api.MapGet("/dags/{dag}/tick-runs", ListTickRuns).Is("listTickRuns", Tag, Role.Viewer, "Lists which ticks have a run", "The scheduled and backfill runs for ticks from 'from' to before 'to', oldest first.");
        api.MapGet("/dags/{dag}/typical-run", GetTypical).Is("getTypicalRun", Tag, Role.Viewer, "Says how long its runs usually take");
        api.MapPost("/dags/{dag}/pause", Pause).Is("pauseDag", Tag, Role.Operator, "Pauses a DAG", "No ticks, queued runs or backfills of it start; what runs goes on.");
        api.MapPost("/dags/{dag}/resume", Resume).Is("resumeDag", Tag, Role.Operator, "Resumes a paused DAG");
        api.MapGet("/import-errors", ListErrors).Is("listImportErrors", Tag, Role.Viewer, "Lists what could not be loaded", "Each says what is wrong and how to mend it.").IsPolled();
    }

    public static async Task<DagDetail> FindAsync(IConsole console, string dag, CancellationToken cancellation) =>
        await console.DagAsync(dag, cancellation) ?? throw ApiException.Missing($"there is no DAG '{dag}'; {ApiRoutes.Prefix}/dags lists those that there are");

    /// <summary>The DAG's schedule, if its intervals can be counted here.</summary>
    public static DagSchedule ScheduleOf(DagSpec dag)
    {
        if (Engine.Scheduling.ScheduleOf.IsCustom(dag))
            throw new RefusedException($"the schedule of the DAG '{dag.Id}' is code of its assembly, which is not run in here");
        return Engine.Scheduling.ScheduleOf.Spec(dag) ?? throw new RefusedException($"the DAG '{dag.Id}' runs {SchedulePhrase.Of(dag)}: it has no intervals");
    }

    private static async Task<Listing<DagSummaryJson>> List(IConsole console, CancellationToken cancellation) =>
        new([.. (await console.DagsAsync(cancellation)).Select(DagSummaryJson.Of)]);

    private static async Task<DagJson> Get(string dag, IConsole console, CancellationToken cancellation) => DagJson.Of(await FindAsync(console, dag, cancellation));

    private static async Task<GridJson> GetGrid(string dag, int? runs, DateTimeOffset? end, IConsole console, CancellationToken cancellation)
    {
        if (runs is < 1 or > MostRuns)
            throw ApiException.Wrong($"'runs' cannot be {runs}: it must be 1 to {MostRuns}");
        return await console.GridAsync(dag, runs ?? GridRuns, end?.ToUniversalTime(), cancellation) is { } grid
            ? GridJson.Of(grid)
            : throw ApiException.Missing($"there is no DAG '{dag}'; {ApiRoutes.Prefix}/dags lists those that there are");
    }

    private static async Task<Page<EventJson>> ListEvents(string dag, string? cursor, int? limit, IConsole console, CancellationToken cancellation)
    {
        await FindAsync(console, dag, cancellation);
        return await Events.PageAsync(console, dag, null, cursor, limit, cancellation);
    }

    private static async Task<SchedulingJson> GetScheduling(string dag, IConsole console, CancellationToken cancellation) =>
        SchedulingJson.Of(await console.SchedulingAsync(dag, cancellation) ?? throw ApiException.Missing($"there is no DAG '{dag}'; {ApiRoutes.Prefix}/dags lists those that there are"));

    private static async Task<Listing<TickJson>> ListTicks(string dag, DateTimeOffset? from, int? count, IConsole console, CancellationToken cancellation)
    {
        if (count is < 1 or > MostTicks)
            throw ApiException.Wrong($"'count' cannot be {count}: it must be 1 to {MostTicks}");
        var schedule = ScheduleOf((await FindAsync(console, dag, cancellation)).Spec);
        var after = Instant.FromDateTimeOffset(from ?? await console.NowAsync(cancellation));
        var ticks = new List<TickJson>();
        for (var tick = schedule.TickAfter(after); tick is { } next && ticks.Count < (count ?? 10); tick = schedule.TickAfter(next.ScheduledFor))
            ticks.Add(TickJson.Of(next));
        return new(ticks);
    }

    private static async Task<Listing<TickRunJson>> ListTickRuns(string dag, DateTimeOffset from, DateTimeOffset to, IConsole console, CancellationToken cancellation)
    {
        await FindAsync(console, dag, cancellation);
        var runs = await console.ExistingRunsAsync(dag, from.ToUniversalTime(), to.ToUniversalTime(), cancellation);
        return new([.. runs.OrderBy(run => run.Key).Select(run => new TickRunJson(run.Key, Words.Run.Of(run.Value)))]);
    }

    private static async Task<TypicalJson> GetTypical(string dag, IConsole console, CancellationToken cancellation)
    {
        await FindAsync(console, dag, cancellation);
        return new(await console.TypicalRunAsync(dag, cancellation));
    }

    private static async Task<PausedJson> Pause(string dag, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.PauseAsync(dag, caller.By, cancellation);
        return new(dag, true);
    }

    private static async Task<PausedJson> Resume(string dag, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.ResumeAsync(dag, caller.By, cancellation);
        return new(dag, false);
    }

    private static async Task<Listing<ImportErrorJson>> ListErrors(IConsole console, CancellationToken cancellation) =>
        new([.. (await console.ImportErrorsAsync(cancellation)).Select(ImportErrorJson.Of)]);
}
