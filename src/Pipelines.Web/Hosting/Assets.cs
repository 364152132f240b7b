using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Pipelines.Web.Views;

namespace Pipelines.Web.Hosting;

/// <summary>Style, script and icon, from the assembly. Asked for with the hash of their content they may be kept for ever.</summary>
internal static class Assets
{
    private static readonly FrozenDictionary<string, Asset> All = new[]
    {
        Read("app.css", "text/css; charset=utf-8", StateMarks.Css),
        Read("app.js", "text/javascript; charset=utf-8", ""),
        Read("icon.svg", "image/svg+xml", ""),
    }.ToFrozenDictionary(asset => asset.Name);

    /// <summary>The URL of a file, which changes with its content.</summary>
    public static string Url(string name) => $"/assets/{name}?v={All[name].Hash}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/assets/{name}", (string name, HttpContext context) =>
    {
        if (!All.TryGetValue(name, out var asset))
            return Results.NotFound();
        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Hash ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}\""));
    });

    private static Asset Read(string name, string type, string more)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        var content = Encoding.UTF8.GetBytes(reader.ReadToEnd() + more);
        return new(name, type, content, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
    }

    private sealed record Asset(string Name, string Type, byte[] Content, string Hash);
}
