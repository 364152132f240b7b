using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Operate;

/// <summary>An asset: who produces it, who is run by it, and its updates.</summary>
public sealed class AssetModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 50;

    public AssetDetail Detail { get; private set; } = null!;

    /// <summary>In words: "orders and (rates or prices)".</summary>
    public static string Words(AssetCondition condition, bool inside = false)
    {
        if (condition.Asset is { } name)
            return name;
        var words = string.Join(condition.All is not null ? " and " : " or ", (condition.All ?? condition.Any ?? []).Select(part => Words(part, inside: true)));
        return inside ? $"({words})" : words;
    }

    public async Task<IActionResult> OnGetAsync(string asset, CancellationToken cancellation)
    {
        if (await Store.AssetAsync(asset, Shown, cancellation) is not { } detail)
            return Missing($"There is no asset '{asset}'.");
        Detail = detail;
        await ClockAsync(cancellation);
        return Page();
    }

    public Task<IActionResult> OnPostUpdateAsync(string asset, [FromForm] string? extra, CancellationToken cancellation) => ActAsync(Links.Asset(asset), async (operations, by) =>
    {
        var update = await operations.UpdateAssetAsync(asset, string.IsNullOrWhiteSpace(extra) ? null : extra, by, cancellation);
        return $"{asset} is marked as updated, no. {update}.";
    });
}
