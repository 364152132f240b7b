using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>
/// Who asks: by bearer token, by the cookie of a session, or by the word of a trusted proxy. Nobody gets anything but what is on
/// the list of open paths; and what changes something must come from our own pages, or over the API with a token. A token never
/// fills in a form: forms are for the person themselves, who may more than their tokens.
/// </summary>
internal sealed class SignInCheck(RequestDelegate next, WebOptions options, Backend backend)
{
    public const string KeptKey = "kept";

    private const string Bearer = "Bearer ";

    private static readonly PathString[] Open = ["/login", "/static", "/health/live", "/health/ready", "/problem", "/missing", Hosting.Callbacks.Prefix];

    public async Task InvokeAsync(HttpContext context)
    {
        var open = Open.Any(path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal));
        var who = await WhoAsync(context, open);
        if (who is { } known)
        {
            context.Features.Set(known.Who);
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, known.Who.Name)], known.With, ClaimTypes.Name, ClaimTypes.Role));
        }

        var changes = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        if (context.Request.Path.StartsWithSegments(Hosting.Callbacks.Prefix, StringComparison.Ordinal))
            await next(context);                                          // wherever the page is that it comes from: the secret is the proof
        else if (who is null && IsApi(context.Request))
            await AskAsync(context);
        else if (changes && who?.With == "token" && !IsApi(context.Request))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "token", "A token reads pages and changes things over /api/v1; it fills in no form of the console.");
        else if (changes && who?.With != "token" && !FromHere(context.Request))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "cross_origin", "The request comes from another site's page. Programs sign in with a token: Authorization: Bearer ...");
        else if (open || who is not null)
            await next(context);
        else
            await AskAsync(context);
    }

    /// <summary>A browser says which page a form or script was on. Without its word a cookie is no proof; a first sign-in may lack both.</summary>
    private bool FromHere(HttpRequest request)
    {
        // A proxy in front may ask under a name of its own; the browser knows the public one.
        if (request.Headers.Origin.FirstOrDefault() is { Length: > 0 } origin)
            return Uri.TryCreate(origin, UriKind.Absolute, out var from) && new[] { request.Host.Value, options.PublicUrl?.Authority }.Contains(from.Authority, StringComparer.OrdinalIgnoreCase);
        return request.Headers["Sec-Fetch-Site"].FirstOrDefault() is null or "same-origin" or "none" && !IsApi(request);
    }

    /// <summary>Where there is one nothing else counts, no cookie and no word of a proxy: who makes one up is nobody. Null: there is none.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization.FirstOrDefault() is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;

    private static bool IsApi(HttpRequest request) => request.Path.StartsWithSegments("/api", StringComparison.Ordinal) || request.Path == "/metrics";

    private static Task RefuseAsync(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        return IsApi(context.Request)
            ? context.Response.WriteAsJsonAsync(
                new { type = $"urn:pipelines:{code}", title = status == 401 ? "Not signed in" : "Refused", status, code, detail }, (System.Text.Json.JsonSerializerOptions?)null, "application/problem+json")
            : context.Response.WriteAsync(detail + "\n");
    }

    /// <summary>Pages lead to the sign-in and back; what was typed into a form whose session has ended is kept.</summary>
    private async Task AskAsync(HttpContext context)
    {
        var request = context.Request;
        if (IsApi(request) || request.Path.StartsWithSegments("/ui/events", StringComparison.Ordinal) || request.Query.ContainsKey("part"))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await RefuseAsync(context, StatusCodes.Status401Unauthorized, "not_signed_in", "Sign in with a token: Authorization: Bearer ... Make one with `pipelines tokens create` or on the console's settings page.");
            return;
        }

        var back = request.Path + request.QueryString;
        if (HttpMethods.IsPost(request.Method) && request.HasFormContentType)
        {
            context.Items[KeptKey] = await request.ReadFormAsync(context.RequestAborted);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            (request.Method, request.Path, request.QueryString, request.ContentType, request.ContentLength) = (HttpMethods.Get, "/login", QueryString.Create("next", back), null, null);
            await next(context);
            return;
        }

        context.Response.Redirect("/login" + (back == "/" ? "" : QueryString.Create("next", back)));
    }

    private async Task<(SignedIn Who, string With)?> WhoAsync(HttpContext context, bool open)
    {
        var access = backend.Access;
        try
        {
            if (TokenOf(context.Request) is { } token)
                return await access.ByTokenAsync(Secret.Hash(token), context.RequestAborted) is { } program ? (program, "token") : null;
            if (options.Proxy is { } proxy && proxy.NameFrom(context) is { } name)
                return await access.ByNameAsync(name, context.RequestAborted) is { } vouched ? (vouched, "proxy") : null;
            return SignInCookie.HashOf(context) is { } hash && await access.BySessionAsync(hash, SignInCookie.Life, context.RequestAborted) is { } person ? (person, "session") : null;
        }
        catch (StoreUnavailableException) when (open)
        {
            return null;
        }
    }
}
