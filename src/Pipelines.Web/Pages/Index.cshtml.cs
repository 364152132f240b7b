using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages;

/// <summary>All DAGs, and what keeps others from being loaded.</summary>
public sealed class IndexModel(Visit visit, WebOptions options) : ConsolePage(visit)
{
    public IReadOnlyList<DagSummary> Dags { get; private set; } = [];

    public IReadOnlyList<ImportError> Errors { get; private set; } = [];

    public string? DropFolder => options.DropFolder;

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Dags = await Store.DagsAsync(cancellation);
        Errors = await Store.ImportErrorsAsync(cancellation);
        await ClockAsync(cancellation);
    }
}
