using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Pipelines.Web.Views;

namespace Pipelines.Web.Hosting;

/// <summary>
/// Style, script and icon, from the assembly: one style sheet and one module, written as a file a subject and joined in the
/// order of their names. Asked for with the hash of their content they may be kept for ever.
/// </summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, Asset> All = new[]
    {
        Make("app.css", "text/css; charset=utf-8", Joined("css/") + StateMarks.Css),
        Make("app.js", "text/javascript; charset=utf-8", Joined("js/")),
        Make("icon.svg", "image/svg+xml", Joined("icon.svg")),
    }.ToFrozenDictionary(asset => asset.Name);

    /// <summary>The URL of a file, which changes with its content.</summary>
    public static string Url(string name) => $"/static/{name}?v={All[name].Hash}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/static/{name}", (string name, HttpContext context) =>
    {
        if (!All.TryGetValue(name, out var asset))
            return Results.NotFound();
        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Hash ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}\""));
    });

    private static Asset Make(string name, string type, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        return new(name, type, content, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }

    private static string Joined(string start)
    {
        var assembly = typeof(Assets).Assembly;
        return string.Concat(assembly.GetManifestResourceNames().Where(name => name.StartsWith(start, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }));
    }

    private sealed record Asset(string Name, string Type, byte[] Content, string Hash);
}
