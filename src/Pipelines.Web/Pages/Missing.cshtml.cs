using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Pipelines.Web.Pages;

/// <summary>Names what is missing.</summary>
[IgnoreAntiforgeryToken]
public sealed class MissingModel : PageModel
{
    public string Title { get; private set; } = "Not found";

    public string Text { get; private set; } = "";

    public void OnGet()
    {
        var asked = HttpContext.Features.Get<IStatusCodeReExecuteFeature>();
        if (asked is null)
            Response.StatusCode = StatusCodes.Status404NotFound;
        var refused = asked is not null && Response.StatusCode != StatusCodes.Status404NotFound;
        if (refused)
            Title = $"The request was refused ({Response.StatusCode})";
        Text = HttpContext.Items[ConsolePage.MissingKey] as string
            ?? (refused ? "The address holds a value that this page does not understand." : $"There is no page {asked?.OriginalPath}.");
    }

    public void OnPost() => OnGet();
}
