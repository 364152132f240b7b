using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages;

/// <summary>What all pages have.</summary>
public abstract class ConsolePage(Visit visit) : PageModel
{
    internal const string MissingKey = "missing";

    /// <summary>Who asks.</summary>
    protected Visit Visit { get; } = visit;

    protected IConsole Store => Visit.Console;

    /// <summary>The database's time when the page was made.</summary>
    public DateTimeOffset Now { get; private set; }

    protected async Task ClockAsync(CancellationToken cancellation) => Now = await Store.NowAsync(cancellation);

    /// <summary>404, naming what is missing.</summary>
    protected IActionResult Missing(string what)
    {
        HttpContext.Items[MissingKey] = what;
        return NotFound();
    }

    /// <summary>Carries out what a form asks for, and shows the page again with what came of it.</summary>
    /// <param name="back">The page's address, local.</param>
    /// <param name="act">Does it; answers with a sentence for the page.</param>
    protected Task<IActionResult> ActAsync(string back, Func<IOperations, Actor, Task<string>> act) => ActAsync(() => back, act);

    /// <summary>The same, where what was done decides which page is shown after.</summary>
    /// <param name="back">The page's address, local, asked for when it is done or refused.</param>
    /// <param name="act">Does it; answers with a sentence for the page.</param>
    protected async Task<IActionResult> ActAsync(Func<string> back, Func<IOperations, Actor, Task<string>> act)
    {
        try
        {
            Visit.Say(await act(Visit.Operations, Visit.By(Request.Form["why"], Request.Form["once"])));
        }
        catch (RefusedException e)
        {
            Visit.Say(e.Message, refused: true);
        }

        return LocalRedirect(back());
    }
}
