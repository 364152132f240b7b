using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages;

/// <summary>What all pages have.</summary>
public abstract class ConsolePage(IConsole console) : PageModel
{
    internal const string MissingKey = "missing";

    protected IConsole Store { get; } = console;

    /// <summary>The database's time when the page was made.</summary>
    public DateTimeOffset Now { get; private set; }

    protected async Task ClockAsync(CancellationToken cancellation) => Now = await Store.NowAsync(cancellation);

    /// <summary>404, naming what is missing.</summary>
    protected IActionResult Missing(string what)
    {
        HttpContext.Items[MissingKey] = what;
        return NotFound();
    }
}
