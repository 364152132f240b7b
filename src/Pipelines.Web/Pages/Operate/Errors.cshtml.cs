using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What could not be loaded, how to fix it, and which version serves meanwhile.</summary>
public sealed class ErrorsModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = 200;

    public IReadOnlyList<ImportErrorRow> Errors { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation)
    {
        Errors = await Store.ImportErrorsInFullAsync(Shown, cancellation);
        await ClockAsync(cancellation);
    }
}
