using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages;

/// <summary>All DAGs, and what keeps others from being loaded.</summary>
public sealed class IndexModel(IConsole console, WebOptions options) : ConsolePage(console)
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
