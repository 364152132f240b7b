using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages;

/// <summary>Ranges of dates that are, or were, being run.</summary>
public sealed class BackfillsModel(IConsole console) : ConsolePage(console)
{
    private const int Shown = 200;

    public IReadOnlyList<BackfillRow> Backfills { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation) => Backfills = await Store.BackfillsAsync(null, Shown, cancellation);
}
