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
    private static readonly string[] Meant =
    [
        "target-size", // ours knows the other ways to what is small
        "label-content-name-mismatch (serious): a[data-node=", // a name that is too long for its box is shortened there
    ];

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
                if (width == 720)
                    await ShotAsync("zoomed" + string.Concat(url.Select(c => char.IsLetterOrDigit(c) ? c : '-')));
                foreach (var broken in await Tab.EvaluateAsync<string[]>(Rules, new { zoomed = width == 720 }))
                    wrong.Add($"{url} {(width == 720 ? "zoomed" : theme)}: {broken}");
                if (Axe is not null && width != 720)
                    wrong.UnionWith((await AxeAsync()).Select(broken => $"{url} {theme}: {broken}"));
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>A rule that finds nothing wrong on any page must still find it.</summary>
    [Fact]
    public async Task Each_rule_finds_what_breaks_it()
    {
        (string Rule, string Broken)[] cases =
        [
            ("the document names its language", ""), ("the title names object and state", ""), ("one h1", "<h1>a</h1><h1>b</h1>"), ("one main", ""), ("a heading has text", "<h2></h2>"), ("headings skip no level", "<h2>a</h2><h4>b</h4>"),
            ("landmarks of a kind have names of their own", "<nav>a</nav><nav>b</nav>"), ("no page reloads itself", "<meta http-equiv='refresh' content='900'>"), ("an id stands once", "<p id='a'></p><p id='a'></p>"),
            ("what is referred to exists", "<p aria-describedby='nowhere'>a</p>"), ("a link within the page leads somewhere", "<a href='#nowhere'>a</a>"), ("a role is one of ARIA", "<p role='hero'>a</p>"),
            ("an ARIA state has one of its values", "<p aria-live='loud'>a</p>"), ("only what has a role is named", "<div aria-label='a'>b</div>"), ("a control has a name", "<button></button>"), ("a control has a name", "<input placeholder='a'>"),
            ("no control in a control", "<a href='/'>a<span tabindex='0'>b</span></a>"), ("the name holds the text that is seen", "<button aria-label='Go'>Delete</button>"),
            ("nothing hidden from readers takes the focus", "<div aria-hidden='true'><button>a</button></div>"), ("the order of focus is the order of the page", "<p tabindex='3'>a</p>"), ("a group of fields has a legend", "<fieldset>a</fieldset>"),
            ("a dialog has a name", "<dialog>a</dialog>"), ("radio buttons stand in a group", "<label><input type='radio' name='r'>a</label>"), ("an image has a text", "<img src='data:,'>"),
            ("a picture is named or hidden", "<svg><path d='M0 0h9'/></svg>"), ("links in a picture can be reached by readers", "<svg role='img' aria-label='a'><a href='/'><text>b</text></a></svg>"), ("a table has headings", "<table><tr><td>a</td></tr></table>"),
            ("a heading of a table says what it heads", "<table><tr><th>a</th></tr></table>"), ("a column has a heading", "<table><thead><tr><th scope='col'></th></tr></thead></table>"), ("an item stands in a list", "<li>a</li>"),
            ("a list has items only", "<ul><p>a</p></ul>"), ("a list of terms has terms only", "<dl><p>a</p></dl>"), ("a term stands in its list", "<dd>a</dd>"),
            ("what scrolls can be scrolled by keys", "<div style='height: 20px; overflow: auto'><p style='height: 90px'>a</p></div>"), ("text has contrast", "<p style='color: #888'>a</p>"), ("text has contrast", "<p style='opacity: .5'>a</p>"),
            ("text has contrast", "<svg role='img' aria-label='a'><rect width='90' height='90' fill='#333'/><text x='5' y='40'>dark</text></svg>"), ("a field has an edge", "<input aria-label='a' style='border: 1px solid #ccc'>"),
            ("a link in a text is seen as one", "<p>see <a href='/' style='text-decoration: none'>this</a> and that</p>"),
            ("a target is 24 by 24, or has room around it", "<a href='/' style='display: block; height: 14px'>a</a><a href='/' style='display: block; height: 14px'>b</a>"),
            ("a zoomed page does not scroll sideways", "<p style='width: 3000px'>a</p>"), ("a zoomed page cuts off nothing that is used", "<div style='width: 90px; overflow: hidden'><button style='margin-left: 200px'>a</button></div>"),
        ];
        foreach (var (rule, broken) in cases)
        {
            await Tab.SetContentAsync($"<!DOCTYPE html><html style='color-scheme: light'><head></head><body style='background: #fff; color: #000'>{broken}</body></html>");
            Assert.Contains(await Tab.EvaluateAsync<string[]>(Rules, new { zoomed = true }), found => found.StartsWith(rule + ":", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_grid_is_one_to_screen_readers_and_what_happens_to_the_chosen_run_is_told()
    {
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("sales", "load") with { TimeZone = "UTC" }), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 2))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var (key, attempt) = (await World.AdvanceAsync(worker, 1))[0];
        await Tab.GotoAsync($"/dags/sales?run={run}&task=load");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");

        Assert.Equal(1, await Tab.GetByRole(AriaRole.Grid).CountAsync());
        Assert.Equal(2, await Tab.GetByRole(AriaRole.Columnheader, new() { Name = "2026-01-0" }).CountAsync());
        Assert.Equal(1, await Tab.GetByRole(AriaRole.Rowheader, new() { Name = "load" }).CountAsync());
        Assert.Equal(1, await Tab.GetByRole(AriaRole.Gridcell, new() { Name = "running", Exact = true, Selected = true }).CountAsync());
        Assert.Equal(1, await Tab.GetByRole(AriaRole.Gridcell, new() { Name = "queued", Exact = true }).CountAsync());
        await World.AdvanceAsync(worker, 0, (key, attempt, 's', null, null));
        await Assertions.Expect(Tab.Locator("#told")).ToHaveTextAsync($"Run {run}: succeeded");
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
