using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Pages;

/// <summary>What is shown instead of a page that could not be made. It reads nothing: the database may be what is lost.</summary>
[ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
[IgnoreAntiforgeryToken]
public sealed class ProblemModel : PageModel
{
    public string Title { get; private set; } = "";

    public string Text { get; private set; } = "";

    public bool Again { get; private set; }

    public void OnGet()
    {
        var problem = HttpContext.Features.Get<IExceptionHandlerFeature>()?.Error;
        Again = problem is StoreUnavailableException;
        (Response.StatusCode, Title, Text) = problem switch
        {
            StoreUnavailableException lost => (StatusCodes.Status503ServiceUnavailable, "The database is not there", lost.Message),
            ForbiddenException refused => (StatusCodes.Status403Forbidden, "You may not do that", refused.Message),
            RefusedException refused => (StatusCodes.Status400BadRequest, "That cannot be done", refused.Message),
            null => (StatusCodes.Status404NotFound, "Nothing has gone wrong", "This page tells about a problem, and there is none."),
            _ => (StatusCodes.Status500InternalServerError, "The page could not be made", "This is a fault of the console. Its log has the details."),
        };
    }

    public void OnPost() => OnGet();
}
