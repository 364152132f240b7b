using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Hosting;

/// <summary>What every answer says to the browser: run our script and style only, in no frame, and never guess a type.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Policy =
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>At the last moment, because a page that fails takes its headers with it; what a page set itself stays.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state =>
        {
            var headers = ((HttpResponse)state).Headers;
            headers.TryAdd("Content-Security-Policy", Policy);
            headers.TryAdd("X-Content-Type-Options", "nosniff");
            headers.TryAdd("Referrer-Policy", "same-origin");
            headers.TryAdd("Cache-Control", "no-cache");
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}
