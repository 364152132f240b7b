using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>Who changes something, why, and under which name for the request.</summary>
internal readonly record struct Caller(
    IOperations Operations,
    HttpContext Context,
    [property: FromQuery(Name = "why")] string? Why,
    [property: FromHeader(Name = "Idempotency-Key")] string? Once)
{
    private const int LongestKey = 200;
    private const int LongestWhy = 2000;

    /// <summary>As the history names them.</summary>
    public Actor By => new($"api:{Context.User.Identity?.Name ?? "somebody"}", Short("why", string.IsNullOrWhiteSpace(Why) ? null : Why.Trim(), LongestWhy))
    {
        Once = Short("Idempotency-Key", string.IsNullOrEmpty(Once) ? null : Once, LongestKey), From = Context.Connection.RemoteIpAddress?.ToString(),
    };

    /// <summary>The request's own span where somebody listens to it, else the caller's.</summary>
    public string? TraceParent => Activity.Current is { Recorded: true, Source.Name.Length: > 0 } span ? span.Id : Context.Request.Headers.TraceParent;

    private static string? Short(string name, string? text, int most) => text?.Length > most ? throw ApiException.Wrong($"'{name}' has {text.Length} characters; {most} are the most") : text;
}
