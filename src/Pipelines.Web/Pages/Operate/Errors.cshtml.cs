using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What could not be loaded, and how to fix it.</summary>
public sealed class ErrorsModel(Visit visit) : ConsolePage(visit)
{
    public IReadOnlyList<ImportError> Errors { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation) => Errors = await Store.ImportErrorsAsync(cancellation);
}
