using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>What is done to many runs of a DAG at once: open ones go over to another version, failed ones go on.</summary>
internal static class ManyRuns
{
    private const string Tag = "Runs";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/runs/{run:long}/upgrade", Run).Is(
            "upgradeRun", Tag, Role.Operator, "Moves an open run to another version of its DAG",
            "Tasks are matched by id: what they have come to stays, added ones run, and what waits is decided by the new graph. The one element of the answer says why, where the run cannot be moved.");
        api.MapPost("/dags/{dag}/upgrade", OfDag).Is(
            "upgradeRuns", Tag, Role.Operator, "Moves the open runs of a DAG to another version", "A transaction a run; those that cannot be moved are left alone and say why.");
        api.MapPost("/dags/{dag}/rerun", Rerun).Is(
            "rerunFailed", Tag, Role.Operator, "Goes on with the runs of a DAG that failed",
            "What failed or was blocked runs again in each and what is done stays, or a new run of each begins at a task. A transaction a run; those that cannot go on are left alone and say why.");
    }

    private static async Task<Listing<RerunRunJson>> Rerun(string dag, RerunFailedJson body, [AsParameters] Caller caller, CancellationToken cancellation) =>
        new([.. (await caller.Operations.RerunFailedAsync(
            new RerunFailed(dag) { Since = body.Since?.ToUniversalTime(), FromTask = body.FromTask, DryRun = body.DryRun, ReuseSteps = body.ReuseSteps }, caller.By, cancellation)).Select(RerunRunJson.Of)]);

    private static Task<Listing<UpgradedRunJson>> Run(long run, UpgradeJson body, [AsParameters] Caller caller, CancellationToken cancellation) =>
        UpgradeAsync(new UpgradeRequest { RunId = run, Version = body.Version, DryRun = body.DryRun }, caller, cancellation);

    private static Task<Listing<UpgradedRunJson>> OfDag(string dag, UpgradeJson body, [AsParameters] Caller caller, CancellationToken cancellation) =>
        UpgradeAsync(new UpgradeRequest { DagId = dag, Version = body.Version, DryRun = body.DryRun }, caller, cancellation);

    private static async Task<Listing<UpgradedRunJson>> UpgradeAsync(UpgradeRequest request, Caller caller, CancellationToken cancellation) =>
        new([.. (await caller.Operations.UpgradeRunsAsync(request, caller.By, cancellation)).Select(UpgradedRunJson.Of)]);
}
