using System.Globalization;
using Microsoft.Playwright;

namespace Pipelines.Benchmarks;

/// <summary>A page of the console in a real Chromium: PIPELINES_CHROMIUM names it, else it is found on the PATH.</summary>
internal sealed class Tab : IAsyncDisposable
{
    /// <summary>Notes when a cell of the grid is drawn as succeeded: at the frame after the change.</summary>
    private const string Watch =
        """
        () => {
          window.drawn = {};
          const look = () => requestAnimationFrame(() => {
            const now = performance.timeOrigin + performance.now();
            for (const row of document.querySelectorAll('table.grid tr[data-task]'))
              row.querySelectorAll('td').forEach((cell, i) => { if (cell.classList.contains('s')) window.drawn[row.dataset.task + ' ' + i] ??= now; });
          });
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
        }
        """;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _address;
    private readonly string _session;

    private Tab(IPlaywright playwright, IBrowser browser, Uri address, string session) => (_playwright, _browser, _address, _session) = (playwright, browser, address, session);

    public static async Task<Tab> OpenAsync(Uri address, string session)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Find(), Args = ["--no-sandbox", "--disable-gpu"] });
        return new Tab(playwright, browser, address, session);
    }

    /// <summary>The first contentful paint of a page, in milliseconds from the click, by a visitor that has been here before.</summary>
    public async Task<List<double>> PaintsAsync(string url, int times)
    {
        var page = await PageAsync();
        var took = new List<double>();
        for (var i = 0; i <= times; i++)
        {
            await page.GotoAsync(url);
            var paint = await page.EvaluateAsync<double>(
                "() => new Promise(done => new PerformanceObserver(list => done(list.getEntriesByName('first-contentful-paint')[0].startTime)).observe({ type: 'paint', buffered: true }))");
            if (i > 0)
                took.Add(paint);
        }

        await page.CloseAsync();
        return took;
    }

    /// <summary>Watches a grid while <paramref name="work"/> goes on; when each cell was drawn as succeeded, in milliseconds since 1970, by column and row.</summary>
    public async Task<Dictionary<string, double>> WatchAsync(string url, Func<Task> work, int cells)
    {
        var page = await PageAsync();
        await page.GotoAsync(url);
        await page.WaitForSelectorAsync("#live[data-state=live]");
        await page.EvaluateAsync(Watch);
        await work();
        await page.WaitForFunctionAsync(string.Create(CultureInfo.InvariantCulture, $"() => Object.keys(window.drawn).length >= {cells}"));
        var drawn = await page.EvaluateAsync<Dictionary<string, double>>("() => window.drawn");
        await page.CloseAsync();
        return drawn;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private async Task<IPage> PageAsync()
    {
        var page = await _browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 }, BaseURL = _address.ToString() });
        await page.Context.AddCookiesAsync([new() { Name = "pipelines", Value = _session, Url = _address.ToString() }]);
        return page;
    }

    private static string Find() =>
        Environment.GetEnvironmentVariable("PIPELINES_CHROMIUM") is { Length: > 0 } named ? named
        : (from name in new[] { "chromium", "chromium-browser", "google-chrome" }
           from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
           let file = Path.Combine(folder, name)
           where File.Exists(file)
           select file).FirstOrDefault()
        ?? throw new InvalidOperationException("There is no Chromium. Install it (apt-get install chromium), or name it in PIPELINES_CHROMIUM.");
}
