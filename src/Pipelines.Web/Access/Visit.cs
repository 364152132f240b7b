using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Access;

/// <summary>A request for a page: who asks, what they may see and do, and in which zone they read times.</summary>
public sealed class Visit(IHttpContextAccessor accessor, IAntiforgery antiforgery, IConsole console, IOperations operations, IAccess access)
{
    private const string SaidCookie = "said";
    private const int LongestSaid = 1000;

    private DateTimeZone? _zone;

    /// <summary>What pages read.</summary>
    public IConsole Console { get; } = console;

    /// <summary>What people do.</summary>
    public IOperations Operations { get; } = operations;

    /// <summary>Accounts and the audit: a page asks <see cref="Check"/> before it reads or changes them.</summary>
    public IAccess Access { get; } = access;

    /// <summary>Who asks; null: nobody has signed in.</summary>
    public SignedIn? Who => Context.Features.Get<SignedIn>();

    /// <summary>The zone of <c>?tz=</c>, else the one that was chosen, else the browser's, else UTC.</summary>
    public DateTimeZone Zone => _zone ??= Known(Context.Request.Query["tz"]) ?? Known(Context.Request.Cookies["tz"]) ?? DateTimeZone.Utc;

    /// <summary>The zone as the top bar shows it.</summary>
    internal string ZoneText => Zone == DateTimeZone.Utc ? "UTC" : Zone.Id;

    /// <summary>What came of the last action, told once.</summary>
    internal (string Text, bool Refused)? Said
    {
        get
        {
            if (Context.Request.Cookies[SaidCookie] is not { Length: > 1 } said)
                return null;
            Context.Response.Cookies.Delete(SaidCookie);
            return (said[1..], said[0] == '-');
        }
    }

    private HttpContext Context => accessor.HttpContext ?? throw new InvalidOperationException("There is no request.");

    /// <summary>A moment in the zone of who reads it; "not yet" where there is none.</summary>
    public IHtmlContent Time(DateTimeOffset? at) => Times.At(at, Zone);

    /// <summary>What every form carries: that it is ours, and a name of its own, so that a double click acts once.</summary>
    public IHtmlContent Hidden() => new HtmlContentBuilder().AppendHtml(Form()).AppendHtml(string.Create(
        CultureInfo.InvariantCulture, $"<input type=\"hidden\" name=\"once\" value=\"{Guid.NewGuid():N}\" />"));

    /// <summary>That a form is ours, for one that does nothing twice.</summary>
    internal IHtmlContent Form()
    {
        var tokens = antiforgery.GetAndStoreTokens(Context);
        return new HtmlString($"<input type=\"hidden\" name=\"{tokens.FormFieldName}\" value=\"{tokens.RequestToken}\" />");
    }

    /// <summary>Who acts, for the history.</summary>
    /// <param name="why">Their reason.</param>
    /// <param name="once">Names the request: asked again, it is not carried out again.</param>
    internal Actor By(string? why, string? once) =>
        new($"web:{Context.User.Identity?.Name ?? "somebody"}", string.IsNullOrWhiteSpace(why) ? null : why.Trim()) { Once = string.IsNullOrEmpty(once) ? null : once, From = Context.Connection.RemoteIpAddress?.ToString() };

    /// <summary>Whether they may what needs a role; for what is shown or greyed out. The store's guard decides.</summary>
    public bool May(Role role) => Who is { } who && Roles.Of(who.Role) >= role;

    /// <exception cref="ForbiddenException">They may not.</exception>
    public void Check(Role role) => Roles.Check(Who, role);

    internal void Say(string text, bool refused = false) => Context.Response.Cookies.Append(
        SaidCookie, (refused ? "-" : "+") + (text.Length > LongestSaid ? text[..LongestSaid] : text), new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax });

    private static DateTimeZone? Known(string? id) => string.IsNullOrEmpty(id) ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);
}
