using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What DAGs produce and are run by.</summary>
public sealed class AssetsModel(Visit visit) : ConsolePage(visit)
{
    public IReadOnlyList<AssetRow> Assets { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Assets = await Store.AssetsAsync(cancellation);
        await ClockAsync(cancellation);
    }
}
