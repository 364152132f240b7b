using Microsoft.AspNetCore.Http;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Access;

/// <summary>The cookie of a session: a random secret. What it stands for is in the store, so that it can be ended there.</summary>
internal static class SignInCookie
{
    /// <summary>Without a request for so long a session ends.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    private const string Name = "pipelines";
    private const int LongestAgent = 300;

    public static byte[]? HashOf(HttpContext context) => context.Request.Cookies[Name] is { Length: > 20 and < 100 } secret ? Secret.Hash(secret) : null;

    /// <summary>Opens a session and gives the browser its cookie.</summary>
    public static async Task OpenAsync(HttpContext context, IAccess access, WebOptions options, int account, string with)
    {
        var secret = Secret.Make("ps_");
        var agent = context.Request.Headers.UserAgent.ToString();
        var from = new SignInFrom(context.Connection.RemoteIpAddress?.ToString(), agent.Length > LongestAgent ? agent[..LongestAgent] : agent, with);
        await access.SignInAsync(account, Secret.Hash(secret), Life, from, context.RequestAborted);
        context.Response.Cookies.Append(Name, secret, new CookieOptions
        {
            HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps || options.PublicUrl?.Scheme == "https", MaxAge = TimeSpan.FromDays(400), IsEssential = true,
        });
    }

    public static async Task CloseAsync(HttpContext context, IAccess access)
    {
        if (HashOf(context) is { } hash)
            await access.SignOutAsync(hash, context.Connection.RemoteIpAddress?.ToString(), context.RequestAborted);
        context.Response.Cookies.Delete(Name);
    }
}
