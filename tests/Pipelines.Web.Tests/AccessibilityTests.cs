using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>
/// Every page keeps the rules of accessibility, light and dark, and zoomed to 200 %. With PIPELINES_AXE naming axe-core's script (<c>npm install axe-core</c>,
/// node_modules/axe-core/axe.min.js) its rules are asked as well.
/// </summary>
public sealed class AccessibilityTests(TestServer server) : BrowserFixture(server)
{
    private static readonly string? Axe = Environment.GetEnvironmentVariable("PIPELINES_AXE") is { Length: > 0 } file ? File.ReadAllText(file) : null;

    private static readonly string Rules = Script("accessibility.js");

    /// <summary>What axe finds that is meant so.</summary>
    private static readonly string[] Meant = ["target-size"];      // ours knows the other ways to what is small

    [Fact]
    public async Task Every_page_keeps_the_rules()
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var pages = await EveryPage.MakeAsync(World);
        foreach (var (theme, width) in new[] { (ColorScheme.Light, 1440), (ColorScheme.Dark, 1440), (ColorScheme.Light, 720) })
        {
            await Tab.EmulateMediaAsync(new() { ColorScheme = theme, ReducedMotion = ReducedMotion.Reduce });
            await Tab.SetViewportSizeAsync(width, width == 720 ? 450 : 900);
            foreach (var url in pages.SelectMany(page => page))
            {
                await Tab.GotoAsync(url);
                foreach (var broken in await Tab.EvaluateAsync<string[]>(Rules, new { zoomed = width == 720 }))
                    wrong.Add($"{url} {(width == 720 ? "zoomed" : theme)}: {broken}");
                if (Axe is not null && width != 720)
                    wrong.UnionWith((await AxeAsync()).Select(broken => $"{url} {theme}: {broken}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task No_page_is_forgotten()
    {
        var pages = await EveryPage.MakeAsync(World);
        var routes = Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not null).Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/'));
        Assert.Empty(EveryPage.Forgotten(pages, routes));
    }

    private static string Script(string name)
    {
        using var reader = new StreamReader(typeof(AccessibilityTests).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private async Task<string[]> AxeAsync()
    {
        await Tab.EvaluateAsync(Axe!);
        var found = await Tab.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })).violations
              .flatMap(rule => rule.nodes.map(node => `axe ${rule.id} (${rule.impact}): ${node.target} ${node.html.slice(0, 160)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`))
            """);
        return [.. found.Where(one => !Meant.Any(meant => one.StartsWith("axe " + meant, StringComparison.Ordinal)))];
    }
}
