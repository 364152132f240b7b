using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages;

/// <summary>What could not be loaded, and how to fix it.</summary>
public sealed class ErrorsModel(IConsole console) : ConsolePage(console)
{
    public IReadOnlyList<ImportError> Errors { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellation) => Errors = await Store.ImportErrorsAsync(cancellation);
}
