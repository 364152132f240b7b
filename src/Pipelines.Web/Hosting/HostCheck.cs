using Microsoft.AspNetCore.Http;
using Pipelines.Web.Access;

namespace Pipelines.Web.Hosting;

/// <summary>
/// Refuses names that nobody configured: a page of another site whose name was pointed at this machine (DNS rebinding) must
/// not be able to read the console. What a probe is told such a page may know, and it has no token: probes and programs ask by the
/// address of a container.
/// </summary>
internal sealed class HostCheck(RequestDelegate next, WebOptions options)
{
    private static readonly string[] Own = ["localhost", "127.0.0.1", "[::1]"];

    private readonly HashSet<string> _allowed = new(options.PublicUrl is { } url ? [.. Own, url.Host] : Own, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        if (_allowed.Contains(context.Request.Host.Host) || context.Request.Path.Value is "/health/live" or "/health/ready" || SignInCheck.TokenOf(context.Request) is not null)
            return next(context);
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("This console is not served under the name it was asked for. Where it is started, say its address with PIPELINES_PUBLIC_URL.\n");
    }
}
