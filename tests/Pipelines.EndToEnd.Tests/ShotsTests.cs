using Microsoft.Playwright;
using Pipelines.Tests;

namespace Pipelines.EndToEnd.Tests;

/// <summary>Pictures of every page, light and dark, at two sizes, for people to look at: <c>bash tests/shots FOLDER</c>.</summary>
public sealed class ShotsTests
{
    private static readonly ViewportSize[] Sizes = [new() { Width = 1440, Height = 900 }, new() { Width = 1024, Height = 768 }];

    [FactForPeople]
    public async Task Every_page_light_and_dark_at_two_sizes()
    {
        var folder = Directory.CreateDirectory(FactForPeopleAttribute.Folder!).FullName;
        await using var scene = await Scene.MakeAsync();
        await using var chromium = await Chromium.StartAsync();
        var wrong = new List<string>();
        await using var inside = await ContextAsync(chromium.Browser, scene.Url);
        await using var outside = await ContextAsync(chromium.Browser, scene.Url);
        var tab = await TabAsync(inside);
        var stranger = await TabAsync(outside);
        await tab.GotoAsync(SignIn.Link().Match(scene.Printed).Value);

        foreach (var shot in Shots.All.Where(shot => FactForPeopleAttribute.Wants(shot.Name)))
            await TakeAsync(shot.SignedOut ? stranger : tab, shot, folder, scene, wrong);
        if (FactForPeopleAttribute.Wants(Shots.Lost.Name))
        {
            await scene.LoseDatabaseAsync();
            await TakeAsync(tab, Shots.Lost, folder, scene, wrong);
        }

        Assert.Empty(wrong);
    }

    private static async Task TakeAsync(IPage tab, Shot shot, string folder, Scene scene, List<string> wrong)
    {
        var url = scene.Words.Aggregate(shot.Url, (url, word) => url.Replace($"{{{word.Key}}}", word.Value, StringComparison.Ordinal));
        foreach (var size in Sizes)
        {
            await tab.SetViewportSizeAsync(size.Width, size.Height);
            var answer = await tab.GotoAsync(url, new() { WaitUntil = WaitUntilState.Load });
            if (answer?.Status != shot.Status)
                wrong.Add($"{shot.Name}: {url} answered {answer?.Status}");
            if (await tab.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth") is > 0 and var over)
                wrong.Add($"{shot.Name}: {over} px wider than a window of {size.Width}");
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await tab.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
                await tab.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{shot.Name}-{size.Width}{(scheme == ColorScheme.Dark ? "-dark" : "")}.png") });
            }
        }
    }

    private static Task<IBrowserContext> ContextAsync(IBrowser browser, Uri url) =>
        browser.NewContextAsync(new() { BaseURL = url.ToString(), TimezoneId = "Europe/Berlin", Locale = "en-GB" });

    /// <summary>Its zone is known from the first page on.</summary>
    private static async Task<IPage> TabAsync(IBrowserContext context)
    {
        var tab = await context.NewPageAsync();
        await tab.GotoAsync("/login");
        return tab;
    }
}

/// <summary>Not part of a test run: it proves nothing that another test does not, and takes minutes.</summary>
internal sealed class FactForPeopleAttribute : FactAttribute
{
    public FactForPeopleAttribute() => Skip = Folder is null ? "Run it with: bash tests/shots FOLDER" : null;

    public static string? Folder => Environment.GetEnvironmentVariable("PIPELINES_SHOTS_OF_ALL") is { Length: > 0 } folder ? folder : null;

    /// <summary>Only the pictures whose names begin so, when some are named.</summary>
    public static bool Wants(string name) => Environment.GetEnvironmentVariable("PIPELINES_SHOTS_ONLY") is not { Length: > 0 } only
        || only.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(begin => name.StartsWith(begin, StringComparison.Ordinal));
}
