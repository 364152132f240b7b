using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages;

/// <summary>
/// Signs in, by password or by a link that is good once. A form whose session had ended comes along: what was typed is sent when its
/// writer says so.
/// </summary>
public sealed class LoginModel(IAccess access, WebOptions options, Throttle throttle) : PageModel
{
    private const string KeptPrefix = "kept:";

    /// <summary>No account has a longer one, and the audit keeps what was tried.</summary>
    private const int LongestName = 100;

    /// <summary>The same for a name that is none and one that is locked: an answer must not tell which names there are.</summary>
    private const string Wrong = "The name or the password is wrong. After five wrong ones no password is looked at for a while, at most 15 minutes; a link lets in.";

    /// <summary>Where to go then: a path of ours.</summary>
    public string Next { get; private set; } = "/";

    public string? Name { get; private set; }

    public string? Problem { get; private set; }

    /// <summary>Fields of the form that waits.</summary>
    public IReadOnlyList<(string Name, string Value)> Kept { get; private set; } = [];

    /// <summary>Signed in, with a form that waits.</summary>
    public bool Done { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? next, string? code, CancellationToken cancellation)
    {
        Next = Local(next);
        if (HttpContext.Items[SignInCheck.KeptKey] is IFormCollection form)
        {
            Kept = [.. form.Where(field => field.Key != "__RequestVerificationToken" && !field.Key.Contains("password", StringComparison.OrdinalIgnoreCase))
                .SelectMany(field => field.Value.Select(value => (field.Key, value ?? "")))];
            Problem = "Your session has ended. Sign in again: what you typed is kept.";
        }

        // A browser that only looks ahead must not spend the link.
        if (code is null || Request.Headers["Sec-Purpose"].Any(purpose => purpose!.Contains("prefetch", StringComparison.Ordinal)))
            return Page();
        if (!throttle.Allows(HttpContext.Connection.RemoteIpAddress))
            return Refuse("There were too many tries from this address. Wait a minute.", StatusCodes.Status429TooManyRequests);
        if (await access.UseLinkAsync(Secret.Hash(code), cancellation) is not { } account)
            return Refuse("This link has been used, or it is too old. Make another one: pipelines users link NAME", StatusCodes.Status401Unauthorized);
        await SignInCookie.OpenAsync(HttpContext, access, options, account, "link");
        return LocalRedirect(Next);
    }

    public async Task<IActionResult> OnPostAsync(string? next, string? name, string? password, CancellationToken cancellation)
    {
        (Next, Name) = (Local(next), name);
        Kept = [.. Request.Form.Where(field => field.Key.StartsWith(KeptPrefix, StringComparison.Ordinal))
            .SelectMany(field => field.Value.Select(value => (field.Key[KeptPrefix.Length..], value ?? "")))];
        if (!throttle.Allows(HttpContext.Connection.RemoteIpAddress))
            return Refuse("There were too many tries from this address. Wait a minute.", StatusCodes.Status429TooManyRequests);
        if (string.IsNullOrWhiteSpace(name) || string.IsNullOrEmpty(password))
            return Refuse("Give a name and a password.", StatusCodes.Status400BadRequest);
        if (name.Length > LongestName)
            return Refuse(Wrong, StatusCodes.Status401Unauthorized);
        var known = await access.PasswordAsync(name, cancellation);
        var locked = known?.LockedFor > TimeSpan.Zero;
        if (!Passwords.Fits(known?.Hash, password) || locked)
        {
            if (!locked)
                await access.RefuseAsync(name, HttpContext.Connection.RemoteIpAddress?.ToString(), cancellation);
            return Refuse(Wrong, StatusCodes.Status401Unauthorized);
        }

        await SignInCookie.OpenAsync(HttpContext, access, options, known!.AccountNo, "password");
        if (Kept.Count == 0)
            return LocalRedirect(Next);
        Done = true;
        HttpContext.User = new(new System.Security.Claims.ClaimsIdentity([new(System.Security.Claims.ClaimTypes.Name, (await access.ByNameAsync(name, cancellation))!.Name)], "session"));
        return Page();
    }

    private string Local(string? next) => Url.IsLocalUrl(next) ? next! : "/";

    private PageResult Refuse(string problem, int status)
    {
        (Problem, Response.StatusCode) = (problem, status);
        return Page();
    }
}
