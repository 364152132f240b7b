using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Hosting;

/// <summary>
/// Where others call back whom a run has given an address: the secret in it is all that they need, and it is good for one answer. Nothing says whether an address exists whose secret is wrong.
/// </summary>
internal static class Callbacks
{
    /// <summary>What these addresses begin with: no sign-in is asked for there.</summary>
    public const string Prefix = "/callbacks";

    private const int MostBytes = 1024 * 1024;
    private const int SecretLength = 64;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost(Prefix + "/{id:long}/{secret}", AnswerAsync).ExcludeFromDescription();
        routes.MapGet(Prefix + "/{id:long}/{secret}", () => Results.Json(new { status = "POST the answer as JSON to this address." }, statusCode: StatusCodes.Status405MethodNotAllowed)).ExcludeFromDescription();
    }

    private static async Task<IResult> AnswerAsync(long id, string secret, HttpContext context, Backend backend, CancellationToken cancellation)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MostBytes;
        string json;
        try
        {
            json = await ReadAsync(context.Request, cancellation);
        }
        catch (JsonException e)
        {
            return Told(StatusCodes.Status400BadRequest, $"The body is not JSON: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            return Told(e.StatusCode, $"The answer cannot be read; it may have {MostBytes / 1024:N0} KB.");
        }

        try
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(secret.Length == SecretLength ? secret : ""));
            return await backend.Callbacks.CallAsync(id, hash, json, $"callback:{context.Connection.RemoteIpAddress}", context.Request.Headers.TraceParent, cancellation) switch
            {
                CallbackOutcome.Told => Told(StatusCodes.Status200OK, "The run has your answer."),
                CallbackOutcome.ToldBefore => Told(StatusCodes.Status200OK, "The run has an answer already; nothing was changed."),
                CallbackOutcome.Expired => Told(StatusCodes.Status410Gone, "The time to answer is over."),
                CallbackOutcome.RunEnded => Told(StatusCodes.Status410Gone, "The run has ended; nobody waits for an answer any more."),
                _ => Told(StatusCodes.Status404NotFound, "There is no such address."),
            };
        }
        catch (RefusedException e)
        {
            return Told(StatusCodes.Status400BadRequest, e.Message);
        }
        catch (StoreUnavailableException)
        {
            context.Response.Headers.RetryAfter = "5";
            return Told(StatusCodes.Status503ServiceUnavailable, "The answer cannot be stored just now. Send it again.");
        }
    }

    /// <summary>JSON as it is; nothing is null, and another kind of text a string.</summary>
    private static async Task<string> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(cancellation);
        if (string.IsNullOrWhiteSpace(text))
            return "null";
        if (request.ContentType is { } type && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return JsonSerializer.Serialize(text);
        using var parsed = JsonDocument.Parse(text);
        return parsed.RootElement.GetRawText();
    }

    private static IResult Told(int status, string text) => Results.Json(new { status = text }, statusCode: status);
}
