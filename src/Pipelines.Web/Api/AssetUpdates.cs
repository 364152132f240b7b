using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Assets and their updates.</summary>
internal static class AssetUpdates
{
    private const string Tag = "Assets";
    private const int MostUpdates = 1000;

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/assets", List).Is("listAssets", Tag, Role.Viewer, "Lists the assets", "Every asset that a DAG names or has named.");
        api.MapGet("/assets/{asset}", Get).Is("getAsset", Tag, Role.Viewer, "Reads an asset", "With its newest updates and the DAGs that it runs.");
        api.MapPost("/assets/{asset}/updates", Update).Is("updateAsset", Tag, Role.Operator, "Tells that an asset has been updated", "This may start runs of the DAGs that are scheduled by it.")
            .Produces<UpdateIdJson>(StatusCodes.Status201Created);
    }

    private static async Task<Listing<AssetJson>> List(IConsole console, CancellationToken cancellation) => new([.. (await console.AssetsAsync(cancellation)).Select(AssetJson.Of)]);

    private static async Task<AssetDetailJson> Get(string asset, int? updates, IConsole console, CancellationToken cancellation)
    {
        if (updates is < 0 or > MostUpdates)
            throw ApiException.Wrong($"'updates' cannot be {updates}: it must be 0 to {MostUpdates}");
        return AssetDetailJson.Of(await console.AssetAsync(Segment.Of(asset), updates ?? 20, cancellation)
            ?? throw ApiException.Missing($"there is no asset '{Segment.Of(asset)}'; {ApiRoutes.Prefix}/assets lists those that there are"));
    }

    private static async Task<IResult> Update(string asset, UpdateAssetJson body, [AsParameters] Caller caller, CancellationToken cancellation) => Results.Created(
        (string?)null, new UpdateIdJson(await caller.Operations.UpdateAssetAsync(Segment.Of(asset), body.Extra?.ToJsonString(), caller.By, cancellation)));
}

/// <summary>A name in an address.</summary>
internal static class Segment
{
    /// <summary>A slash within a name is the one letter that routing leaves encoded.</summary>
    public static string Of(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
