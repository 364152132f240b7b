using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Backfills;

/// <summary>Ranges of dates that are, or were, being run.</summary>
public sealed class BackfillsModel(Visit visit) : ConsolePage(visit)
{
    private const int Shown = 200;

    public IReadOnlyList<BackfillRow> Backfills { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation) => Backfills = await Store.BackfillsAsync(null, Shown, cancellation);
}
