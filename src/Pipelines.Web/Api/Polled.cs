using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Pipelines.Web.Api;

/// <summary>Of an endpoint whose answer is asked for again and again: it has an ETag, and who has it already gets 304.</summary>
internal sealed record Polled;

internal static class PolledExtensions
{
    public static RouteHandlerBuilder IsPolled(this RouteHandlerBuilder builder) => builder.WithMetadata(new Polled()).AddEndpointFilter(async (call, next) =>
    {
        var answer = await next(call);
        if (answer is null or IResult)
            return answer;
        var options = call.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, answer.GetType(), options);
        // Weak, for the answer may be compressed on its way.
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..24]}\"", isWeak: true);
        call.HttpContext.Response.GetTypedHeaders().ETag = tag;
        return call.HttpContext.Request.GetTypedHeaders().IfNoneMatch.Any(seen => seen.Compare(tag, useStrongComparison: false) || seen.Equals(EntityTagHeaderValue.Any))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(body, "application/json; charset=utf-8");
    });
}
