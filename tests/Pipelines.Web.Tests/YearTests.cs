using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>The year: a column for each run of the last months, to be pointed at, clicked and walked with the keyboard.</summary>
public sealed class YearTests(TestServer server) : BrowserFixture(server)
{
    private static readonly DateTimeOffset First = new(2025, 1, 20, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Days_over_a_few_months_more_than_a_year_are_one_band()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("daily", "extract")), First, 400);
        Assert.Equal(["2025 to 2026: 400 runs"], Bands(await PageAsync("/dags/daily?density=year")));
    }

    [Fact]
    public async Task A_year_and_a_half_are_two_bands_that_end_with_the_newest_month()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("daily", "extract")), First, 560);
        var bands = Bands(await PageAsync("/dags/daily?density=year"));
        Assert.Equal(2, bands.Count);
        Assert.Equal(560, bands.Sum(band => int.Parse(band.Split(' ')[^2], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_run_tells_how_it_went_and_opens_its_panel_by_mouse_and_keyboard()
    {
        var runs = await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("daily", "group.extract", "load")), First, 30);
        await World.StartRunsAsync();
        await World.ExecuteAsync($"update task_instance set state = 'f' where task_no = 0 and run_id = {runs[20]}; update dag_run set state = 'f', started_at = created_at, finished_at = created_at where run_id = {runs[20]};");

        await Tab.GotoAsync("/dags/daily?density=year&q=e");
        var column = Tab.Locator($"svg.years a[data-run='{runs[20]}']");
        Assert.EndsWith("failed: group.extract", await column.Locator("title").TextContentAsync(), StringComparison.Ordinal);
        await column.ClickAsync();
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync($"Run {runs[20]}");
        Assert.Contains($"run={runs[20]}", Tab.Url, StringComparison.Ordinal);
        Assert.Contains("q=e", Tab.Url, StringComparison.Ordinal);
        Assert.Equal(1, await Tab.Locator("svg.years a[data-run][tabindex='0']").CountAsync());

        await Tab.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync($"Run {runs[19]}");
        await Assertions.Expect(Tab.Locator("svg.years a.sel")).ToHaveAttributeAsync("data-run", $"{runs[19]}");
        await Tab.Keyboard.PressAsync("ArrowRight");
        await Tab.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(Tab.Locator("#panel h2")).ToHaveTextAsync($"Run {runs[21]}");
        await Tab.Locator("svg.years a:not([data-run])").First.ClickAsync();
        await Assertions.Expect(Tab.Locator("table.grid")).ToBeVisibleAsync();
        NoProblems();
    }

    private static List<string> Bands(System.Xml.Linq.XElement page) =>
        [.. page.Descendants("svg").Where(svg => Of(svg, "class") == "years").Select(svg => Of(svg, "aria-label"))];
}
