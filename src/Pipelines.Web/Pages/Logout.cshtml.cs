using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages;

/// <summary>Ends the session.</summary>
public sealed class LogoutModel(IAccess access) : PageModel
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await SignInCookie.CloseAsync(HttpContext, access);
        return LocalRedirect("/login");
    }
}
