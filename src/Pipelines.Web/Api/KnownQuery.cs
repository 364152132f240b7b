using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace Pipelines.Web.Api;

/// <summary>A query parameter that an address does not know is refused: a misspelt filter must not answer with everything.</summary>
internal static class KnownQuery
{
    public static EndpointFilterDelegate Filter(EndpointFilterFactoryContext endpoint, EndpointFilterDelegate next)
    {
        var known = Names(endpoint.MethodInfo).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return call =>
        {
            var (query, route) = (call.HttpContext.Request.Query, call.HttpContext.Request.RouteValues);
            var unknown = query.Keys.FirstOrDefault(name => !known.Contains(name) || route.ContainsKey(name));
            if (unknown is not null)
            {
                var there = known.Where(name => !route.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
                throw ApiException.Wrong(
                    $"there is no query parameter '{unknown}' here; {(there.Count == 0 ? "there is none at all" : $"there {(there.Count == 1 ? "is" : "are")}: {string.Join(", ", there)}")}");
            }

            return query.FirstOrDefault(given => given.Value.Count > 1).Key is { } twice ? throw ApiException.Wrong($"'{twice}' is given more than once") : next(call);
        };
    }

    private static IEnumerable<string> Names(MethodInfo handler) => handler.GetParameters().SelectMany(parameter =>
        parameter.ParameterType == typeof(Caller) ? ["why"] : IsText(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) ? [parameter.Name!] : Array.Empty<string>());

    private static bool IsText(Type type) => type.IsPrimitive || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(DateOnly);
}
