using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>What operators look after: pools, limits, workers, and the clock.</summary>
internal static class Operate
{
    private const string Tag = "Operate";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/now", Now).Is("getNow", Tag, Role.Viewer, "Reads the database's time");
        api.MapGet("/pools", ListPools).Is("listPools", Tag, Role.Viewer, "Lists the pools", "Each with what is used and what waits.");
        api.MapPut("/pools/{pool}", SetPool).Is("setPool", Tag, Role.Admin, "Makes a pool, or changes its size");
        api.MapGet("/limits", ListLimits).Is("listLimits", Tag, Role.Viewer, "Lists the limits beside pools");
        api.MapGet("/locks", ListLocks).Is("listLocks", Tag, Role.Viewer, "Lists the locks that running tasks hold", "At most 1,000, the longest lines first.");
        api.MapGet("/workers", ListWorkers).Is("listWorkers", Tag, Role.Viewer, "Lists the workers", "Those that run, and those that stopped within a day.");
        api.MapPost("/workers/{worker}/drain", Drain).Is("drainWorker", Tag, Role.Operator, "Drains a worker", "It takes no more work; what it runs goes on. It learns of it with its next heartbeat.");
        api.MapPost("/workers/{worker}/resume", Resume).Is("resumeWorker", Tag, Role.Operator, "Lets a drained worker take work again");
    }

    private static async Task<NowJson> Now(IConsole console, CancellationToken cancellation) => new(await console.NowAsync(cancellation));

    private static async Task<Listing<PoolJson>> ListPools(IConsole console, CancellationToken cancellation) => new([.. (await console.PoolsAsync(cancellation)).Select(PoolJson.Of)]);

    private static async Task<PoolJson> SetPool(string pool, PoolSizeJson body, IConsole console, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        var name = Segment.Of(pool);
        await caller.Operations.SetPoolAsync(name, body.Slots, caller.By, cancellation);
        return PoolJson.Of((await console.PoolsAsync(cancellation)).First(row => row.Name == name));
    }

    private static async Task<Listing<LimitJson>> ListLimits(IConsole console, CancellationToken cancellation) => new([.. (await console.LimitsAsync(cancellation)).Select(LimitJson.Of)]);

    private static async Task<Listing<LockJson>> ListLocks(IConsole console, CancellationToken cancellation) =>
        new([.. (await console.LocksAsync(LockRow.Most, cancellation)).Select(LockJson.Of)]);

    private static async Task<DrainingJson> Drain(string worker, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.DrainWorkerAsync(Segment.Of(worker), caller.By, cancellation);
        return new(worker, true);
    }

    private static async Task<DrainingJson> Resume(string worker, [AsParameters] Caller caller, CancellationToken cancellation)
    {
        await caller.Operations.ResumeWorkerAsync(Segment.Of(worker), caller.By, cancellation);
        return new(worker, false);
    }

    private static async Task<Listing<WorkerJson>> ListWorkers(IConsole console, CancellationToken cancellation) => new([.. (await console.WorkersAsync(cancellation)).Select(WorkerJson.Of)]);
}
