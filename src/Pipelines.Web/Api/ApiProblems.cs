using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;

namespace Pipelines.Web.Api;

/// <summary>Whatever goes wrong below /api is answered as a problem, never as a page and never with a stack.</summary>
internal sealed partial class ApiProblems(RequestDelegate next, ILogger<ApiProblems> logger)
{
    private const int RetrySeconds = 5;

    public async Task InvokeAsync(HttpContext context)
    {
        var mine = context.Request.Path.StartsWithSegments("/api");
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!mine && !context.Response.HasStarted)
        {
            context.Response.StatusCode = e.StatusCode;
        }
        catch (Exception e) when (mine && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await WriteAsync(context, await ProblemAsync(context, e));
            return;
        }

        if (mine && context.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null })
            await WriteAsync(context, ApiProblem.Of(context.Response.StatusCode, Plain(context)));
    }

    public static Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        context.Response.Clear();
        context.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = $"{RetrySeconds}";
        return context.Response.WriteAsJsonAsync(problem, ApiJson.Lenient, ApiProblem.ContentType, context.RequestAborted);
    }

    private static string Plain(HttpContext context) => context.Response.StatusCode switch
    {
        404 => $"there is no address {context.Request.Method} {context.Request.Path}; /api/v1/openapi.json lists those that there are",
        405 => $"{context.Request.Path} does not answer to {context.Request.Method}; /api/v1/openapi.json lists what it answers to",
        401 => "sign in, or send a token: Authorization: Bearer ...",
        403 => "your role does not allow it; ask an admin",
        _ => "the request was not carried out",
    };

    private async Task<ApiProblem> ProblemAsync(HttpContext context, Exception problem)
    {
        switch (problem)
        {
            case ApiException known:
                return ApiProblem.Of(known.Status, known.Message);
            case RefusedException refused:
                return await RefusedAsync(context, refused);
            case ForbiddenException forbidden:
                return ApiProblem.Of(StatusCodes.Status403Forbidden, forbidden.Message);
            case ScheduleException refused:
                return ApiProblem.Of(StatusCodes.Status422UnprocessableEntity, refused.Message);
            case StoreUnavailableException lost:
                return ApiProblem.Of(StatusCodes.Status503ServiceUnavailable, lost.Message);
            case BadHttpRequestException bad:
                return ApiProblem.Of(bad.StatusCode, Where(bad));
            default:
                WebLog.ApiFailed(logger, problem, context.Request.Method, context.Request.Path);
                return ApiProblem.Of(StatusCodes.Status500InternalServerError, "this is a fault of the server; its log has the details");
        }
    }

    /// <summary>What the address names and is not there is 404; a request with a body says something that cannot be, one without comes at the wrong time.</summary>
    private static async Task<ApiProblem> RefusedAsync(HttpContext context, RefusedException refused)
    {
        var console = context.RequestServices.GetRequiredService<IConsole>();
        var status = await IsMissingAsync(console, context) ? StatusCodes.Status404NotFound
            : context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0 ? StatusCodes.Status422UnprocessableEntity
            : StatusCodes.Status409Conflict;
        return ApiProblem.Of(status, refused.Message);
    }

    private static async Task<bool> IsMissingAsync(IConsole console, HttpContext context)
    {
        var cancellation = context.RequestAborted;
        return context.GetRouteValue("dag") is string dag && await console.DagAsync(dag, cancellation) is null
            || Number("run") is { } run && (await console.TaskAsync(run, "", cancellation) is not { } detail || context.GetRouteValue("task") is string task && detail.Spec.Tasks.All(one => one.Id != task))
            || Number("backfill") is { } backfill && await console.BackfillAsync(backfill, cancellation) is null
            || Number("notification") is { } notification && await console.NotificationAsync(notification, cancellation) is null
            || context.GetRouteValue("asset") is string asset && await console.AssetAsync(asset, 0, cancellation) is null
            || !HttpMethods.IsPut(context.Request.Method) && await IsUnknownAsync();

        // A PUT makes what is not there. Who gets here may know: the guard would have refused before.
        async Task<bool> IsUnknownAsync()
        {
            var (accounts, vault) = (context.RequestServices.GetRequiredService<IAccounts>(), context.RequestServices.GetRequiredService<IVault>());
            return context.GetRouteValue("user") is string user && !(await accounts.ListAsync(cancellation)).Any(row => Named(row.Name, user))
                || Number("token") is { } token && !(await accounts.TokensAsync(null, cancellation)).Any(row => row.TokenNo == token)
                || context.GetRouteValue("connection") is string connection && !(await vault.ListAsync(SettingKind.Connection, cancellation)).Any(row => row.Name == connection)
                || context.GetRouteValue("variable") is string variable && !(await vault.ListAsync(SettingKind.Variable, cancellation)).Any(row => row.Name == variable);
        }

        static bool Named(string name, string given) => name.Equals(Segment.Of(given).Trim(), StringComparison.OrdinalIgnoreCase);

        long? Number(string name) => long.TryParse(context.GetRouteValue(name) as string, out var number) ? number : null;
    }

    private static string Where(BadHttpRequestException bad) => bad.InnerException switch
    {
        JsonException json => $"the body does not fit at {json.Path ?? "$"}, line {json.LineNumber + 1}: {Shortened(json.Message)}",
        _ when Bound().Match(bad.Message) is { Success: true } bound => $"'{bound.Groups[2].Value}' cannot be '{bound.Groups[3].Value}': it must be {Kind(bound.Groups[1].Value)}",
        _ when bad.StatusCode == StatusCodes.Status415UnsupportedMediaType => "send the body as JSON, with Content-Type: application/json",
        _ when bad.Message.Contains("no body was provided", StringComparison.Ordinal) => "the request has no body; send a JSON object",
        _ => bad.Message,
    };

    private static string Kind(string type) =>
        type.Contains("Int", StringComparison.OrdinalIgnoreCase) || type.Contains("long", StringComparison.Ordinal) || type.Contains("short", StringComparison.Ordinal) ? "a whole number"
        : type.Contains("bool", StringComparison.OrdinalIgnoreCase) ? "true or false"
        : type.Contains("DateTimeOffset", StringComparison.Ordinal) ? "a moment such as 2026-01-31T08:30:00Z"
        : type.Contains("DateOnly", StringComparison.Ordinal) ? "a day such as 2026-01-31"
        : "something else";

    /// <summary>Without the names of types of ours, and the path that was said already.</summary>
    private static string Shortened(string message) => TypeName().Replace(message.Split(" Path:")[0], "").Trim();

    [GeneratedRegex("parameter \"(\\S+) (\\S+)\" from \"(.*)\"\\.", RegexOptions.Singleline)]
    private static partial Regex Bound();

    [GeneratedRegex(@"\bfor type '[^']*'|\bto type '[^']*'|\bcontained in type '[^']*'|, contained in type '[^']*'|\bin type '[^']*'|Pipelines\.Web\.Api\.")]
    private static partial Regex TypeName();
}
