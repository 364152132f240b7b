using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.Web.Tests;

/// <summary>Keys: what they do, where they do nothing, and that those of one letter can be switched off.</summary>
public sealed class KeysTests(TestServer server) : BrowserFixture(server)
{
    private IKeyboard Keyboard => Tab.Keyboard;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var dag in new[] { "orders", "orders_late", "stock" })
            await World.RegisterAsync(World.Chain(dag, "load_orders", "publish"));
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("orders", "load_orders", "publish")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 3);
    }

    [Fact]
    public async Task Search_opens_over_the_page_is_walked_by_arrows_and_gives_the_focus_back()
    {
        await Tab.GotoAsync("/runs");
        await Tab.Locator("select[name=state]").FocusAsync();
        await Keyboard.PressAsync("Control+k");
        await Expect(Tab.Locator("#finder input")).ToBeFocusedAsync();
        await Keyboard.TypeAsync("orders");
        await Expect(Tab.Locator("#foundDags a")).ToHaveTextAsync(["orders", "orders_late"]);
        await Expect(Tab.Locator("#finder [role=status]")).ToHaveTextAsync("5 results");
        await Keyboard.PressAsync("ArrowDown");
        await Keyboard.PressAsync("ArrowDown");
        await Expect(Tab.Locator("#foundDags li:nth-child(2) a")).ToBeFocusedAsync();
        await Keyboard.PressAsync("ArrowUp");
        await Keyboard.PressAsync("ArrowUp");
        await Expect(Tab.Locator("#finder input")).ToBeFocusedAsync();
        await Keyboard.PressAsync("Escape");
        await Expect(Tab.Locator("#finder")).ToBeHiddenAsync();
        await Expect(Tab.Locator("select[name=state]")).ToBeFocusedAsync();

        await Keyboard.PressAsync("Control+k");
        await Keyboard.TypeAsync("stock");
        await Expect(Tab.Locator("#foundDags a")).ToHaveTextAsync(["stock"]);
        await ShotAsync("finder");
        await Keyboard.PressAsync("Enter");
        await Expect(Tab).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/dags/stock$"));
        await Tab.WaitForLoadStateAsync();
        await Keyboard.PressAsync("Control+k");
        await Keyboard.TypeAsync("pools");
        await Expect(Tab.Locator("#foundPages a")).ToHaveTextAsync(["Pools and limits"]);
        NoProblems();
    }

    [Fact]
    public async Task The_keys_of_a_page_are_listed_and_g_with_a_letter_leads_to_pages()
    {
        await Tab.GotoAsync("/dags/orders");
        await Keyboard.PressAsync("?");
        await Expect(Tab.Locator("#keys")).ToBeVisibleAsync();
        await Expect(Tab.Locator("#keys tbody tr:has(th:text-is('g h'))")).ToHaveCountAsync(0);
        Assert.Contains(await Tab.Locator("#keys tbody tr").AllInnerTextsAsync(), row => row.EndsWith("Move through the grid", StringComparison.Ordinal));
        await ShotAsync("keys");
        await Keyboard.PressAsync("Escape");
        await Expect(Tab.Locator("#keys")).ToBeHiddenAsync();

        foreach (var (letter, page) in new[] { ("r", "/runs"), ("d", "/dags"), ("q", "/queue"), ("h", "/") })
        {
            await Keyboard.PressAsync("g");
            await Keyboard.PressAsync(letter);
            await Expect(Tab).ToHaveURLAsync(Http.BaseAddress + page[1..]);
            // The address is there before the script that takes the keys.
            await Tab.WaitForLoadStateAsync();
        }

        NoProblems();
    }

    /// <summary>Two pages of one letter would be one too many.</summary>
    [Fact]
    public async Task Each_page_of_the_side_bar_has_a_letter_of_its_own()
    {
        var letters = (await PageAsync("/")).Descendants("nav").First().Descendants("a").Select(link => Of(link, "data-key")).ToList();
        Assert.All(letters, letter => Assert.Matches("^[a-z]$", letter));
        Assert.Equal(letters.Count, letters.Distinct().Count());
    }

    [Fact]
    public async Task No_key_acts_while_somebody_types_or_holds_a_modifier()
    {
        await Tab.GotoAsync("/dags/orders");
        var html = Tab.Locator("html");
        await Keyboard.PressAsync("Control+t");
        await Keyboard.PressAsync("Alt+t");
        await Tab.Locator("input[name=q]").First.FocusAsync();
        await Keyboard.TypeAsync("t?gr");
        await Expect(Tab.Locator("#keys")).ToBeHiddenAsync();
        await Keyboard.PressAsync("Control+k");
        await Keyboard.TypeAsync("tg");
        await Keyboard.PressAsync("Tab");
        await Keyboard.PressAsync("t");
        await Keyboard.PressAsync("Escape");
        await Expect(html).ToHaveAttributeAsync("data-theme", "");
        Assert.EndsWith("/dags/orders", Tab.Url, StringComparison.Ordinal);

        await Tab.Locator("#main").ClickAsync(new() { Position = new() { X = 700, Y = 600 } });
        await Keyboard.PressAsync("t");
        await Expect(html).ToHaveAttributeAsync("data-theme", "dark");
        NoProblems();
    }

    [Fact]
    public async Task Keys_of_one_letter_are_switched_off_in_the_settings()
    {
        await Tab.GotoAsync("/settings");
        await Tab.GetByLabel("No keys of one letter").CheckAsync();
        await Tab.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(Tab.Locator("html")).ToHaveAttributeAsync("data-keys", "off");
        await Expect(Tab.GetByLabel("No keys of one letter")).ToBeCheckedAsync();

        await Tab.GotoAsync("/dags/orders");
        foreach (var key in new[] { "t", "?", "g", "r", "4" })
            await Keyboard.PressAsync(key);
        await Keyboard.PressAsync("Control+k");
        await Expect(Tab.Locator("#finder input")).ToBeFocusedAsync();
        await Keyboard.PressAsync("Escape");
        await Expect(Tab.Locator("html")).ToHaveAttributeAsync("data-theme", "");
        Assert.EndsWith("/dags/orders", Tab.Url, StringComparison.Ordinal);
        await Tab.Locator("#help").ClickAsync();
        Assert.DoesNotContain(await Tab.Locator("#keys tbody tr").AllInnerTextsAsync(), row => row.Contains("Light or dark", StringComparison.Ordinal));
        await Keyboard.PressAsync("Escape");

        await Tab.GotoAsync("/settings");
        await Tab.GetByLabel("No keys of one letter").UncheckAsync();
        await Tab.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(Tab.Locator("html")).ToHaveAttributeAsync("data-keys", "");
        await Tab.GotoAsync("/runs");
        await Keyboard.PressAsync("t");
        await Expect(Tab.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        NoProblems();
    }
}
