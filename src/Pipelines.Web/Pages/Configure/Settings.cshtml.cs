using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Hosting;

namespace Pipelines.Web.Pages.Configure;

/// <summary>What somebody sets for themselves: zone, theme, password, tokens.</summary>
public sealed class SettingsModel(Visit visit, IAccounts accounts) : ConsolePage(visit)
{
    private const string Back = "/settings";

    public IReadOnlyList<TokenRow> Tokens { get; private set; } = [];

    /// <summary>A token that was just made: it is shown this once.</summary>
    public string? Made { get; private set; }

    public IEnumerable<string> Zones => DateTimeZoneProviders.Tzdb.Ids.Where(id => id == "UTC" || id.Contains('/')).Order(StringComparer.Ordinal);

    private string Me => Visit.Who!.Name;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellation)
    {
        Tokens = await accounts.TokensAsync(Me, cancellation);
        await ClockAsync(cancellation);
        return Page();
    }

    public IActionResult OnPostZone(string? zone, string? theme, string? keys)
    {
        var forGood = new CookieOptions { MaxAge = TimeSpan.FromDays(400), SameSite = SameSiteMode.Lax };
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is { } known)
            Response.Cookies.Append("tz", known.Id, forGood);
        else
            Visit.Say($"There is no time zone '{zone}'.", refused: true);
        if (theme is "light" or "dark")
            Response.Cookies.Append("theme", theme, forGood);
        else
            Response.Cookies.Delete("theme");
        if (keys == "off")
            Response.Cookies.Append(Keys.Cookie, "off", forGood);
        else
            Response.Cookies.Delete(Keys.Cookie);
        return LocalRedirect(Back);
    }

    public Task<IActionResult> OnPostPasswordAsync(string? current, string? password, string? again, CancellationToken cancellation) => ActAsync(Back, async (_, by) =>
    {
        var known = await Visit.Access.PasswordAsync(Me, cancellation);
        if (known?.Hash is not null && !Passwords.Fits(known.Hash, current ?? ""))
            throw new RefusedException("the password you have now was another one");
        if (password != again)
            throw new RefusedException("the new password was typed in two ways");
        await Visit.Access.SetPasswordAsync(Me, Passwords.Hash(password ?? ""), SignInCookie.HashOf(HttpContext), by, cancellation);
        return "The password is changed; your other sessions have ended.";
    });

    public async Task<IActionResult> OnPostTokenAsync(string? name, string? role, int? days, CancellationToken cancellation)
    {
        try
        {
            var wanted = new TokenWanted(name ?? "", Me, Roles.Kept(role) ?? 'v', TimeSpan.FromDays(Math.Clamp(days ?? 90, 1, 366)));
            Made = (await accounts.MakeTokenAsync(wanted, Visit.By(null, null), cancellation)).Secret;
            Response.Headers.CacheControl = "no-store";
        }
        catch (RefusedException e)
        {
            Visit.Say(e.Message, refused: true);
            return LocalRedirect(Back);
        }

        return await OnGetAsync(cancellation);
    }

    public Task<IActionResult> OnPostRevokeAsync(int token, CancellationToken cancellation) => ActAsync(Back, async (_, by) =>
    {
        await accounts.RevokeTokenAsync(token, by, cancellation);
        return "The token is revoked.";
    });
}
