using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Api;

/// <summary>A query parameter that an address does not know is refused: a misspelt filter must not answer with everything.</summary>
/// <remarks>Not a filter of the endpoints: with one, each of them would be compiled twice at each start.</remarks>
internal sealed class KnownQuery(RequestDelegate next)
{
    private readonly ConcurrentDictionary<MethodInfo, HashSet<string>> _known = [];

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.Path.StartsWithSegments(ApiRoutes.Prefix, StringComparison.Ordinal) || context.GetEndpoint()?.Metadata.GetMetadata<MethodInfo>() is not { } handler)
            return next(context);
        var (query, route) = (request.Query, request.RouteValues);
        var known = _known.GetOrAdd(handler, static method => Names(method).ToHashSet(StringComparer.OrdinalIgnoreCase));
        var unknown = query.Keys.FirstOrDefault(name => !known.Contains(name) || route.ContainsKey(name));
        if (unknown is not null)
        {
            var there = known.Where(name => !route.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
            throw ApiException.Wrong(
                $"there is no query parameter '{unknown}' here; {(there.Count == 0 ? "there is none at all" : $"there {(there.Count == 1 ? "is" : "are")}: {string.Join(", ", there)}")}");
        }

        return query.FirstOrDefault(given => given.Value.Count > 1).Key is { } twice ? throw ApiException.Wrong($"'{twice}' is given more than once") : next(context);
    }

    private static IEnumerable<string> Names(MethodInfo handler) => handler.GetParameters().SelectMany(parameter =>
        parameter.ParameterType == typeof(Caller) ? ["why"] : IsText(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) ? [parameter.Name!] : Array.Empty<string>());

    private static bool IsText(Type type) => type.IsPrimitive || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(DateOnly);
}
