using Microsoft.Playwright;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.Web.Tests;

/// <summary>The console by keys alone, in a real browser: nothing is clicked, and the focus is seen wherever it stands.</summary>
public sealed class KeyboardWalkTests(TestServer server) : BrowserFixture(server)
{
    private const string Password = "correct horse battery";

    private IPage _tab = null!;

    [Fact]
    public async Task From_signing_in_to_a_retry_and_a_backfill()
    {
        var (run, worker) = await FailedAsync();
        _tab = await OpenAsync(signedIn: false);

        // The first field has the focus: a browser gives it when it next draws, which on a busy machine is after the page has loaded.
        await _tab.GotoAsync("/");
        await Expect(_tab.Locator("#name")).ToBeFocusedAsync();
        await TypeAsync("ann");
        await PressAsync("Tab");
        await TypeAsync(Password);
        await PressAsync("Enter");
        await Expect(_tab.Locator("#search")).ToBeVisibleAsync();
        await PressAsync("Tab");
        await Expect(_tab.Locator(".skip")).ToBeFocusedAsync();
        await PressAsync("Enter");
        await PressAsync("Tab");
        Assert.True(await _tab.EvaluateAsync<bool>("() => document.querySelector('#main').contains(document.activeElement)"));

        await PressAsync("Control+k");
        await TypeAsync("sal");
        await Expect(_tab.Locator("#foundDags a")).ToHaveTextAsync(["sales"]);
        await PressAsync("Enter");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("sales");
        await _tab.WaitForLoadStateAsync();

        // One stop of the tab key for all of the grid.
        await TabToAsync("table.grid a");
        await PressAsync("ArrowRight");
        await PressAsync("ArrowUp");
        await Expect(_tab.Locator("th.run[data-run]:last-child a")).ToBeFocusedAsync();
        await Expect(_tab.Locator("#panel h2")).ToHaveTextAsync($"Run {run + 2}");
        await PressAsync("ArrowLeft");
        await PressAsync("ArrowLeft");
        await PressAsync("ArrowDown");
        await PressAsync("ArrowDown");
        await Expect(_tab.Locator("#panel h2")).ToHaveTextAsync("clean");
        await Expect(_tab.Locator("#panel .pill")).ToHaveTextAsync("Failed");
        Assert.Equal(1, await _tab.Locator("table.grid a[tabindex='0']").CountAsync());
        await Expect(_tab.Locator("td[aria-selected=true]")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("^f .*cur"));
        await PressAsync("ArrowLeft");
        await Expect(_tab.Locator("tr[data-task=clean] th a")).ToBeFocusedAsync();
        await PressAsync("ArrowRight");

        // Into the panel, and back.
        await PressAsync("Enter");
        await Expect(_tab.Locator("#panel")).ToBeFocusedAsync();
        await PressAsync("Tab");
        await Expect(_tab.Locator("#panel a.close")).ToBeFocusedAsync();
        await PressAsync("Escape");
        await Expect(_tab.Locator("#panel")).ToBeEmptyAsync();
        await Expect(_tab.Locator("tr[data-task=clean] td.f a")).ToBeFocusedAsync();
        await PressAsync("Enter");
        await Expect(_tab.Locator("#panel")).ToBeFocusedAsync();
        await Expect(_tab.Locator("#panel .err")).ToContainTextAsync("boom");

        await PressAsync("l");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("clean");
        await _tab.WaitForLoadStateAsync();
        await Expect(_tab.Locator(".ln.e.tgt span")).ToHaveTextAsync("it broke");
        await TabToAsync("#log");
        await PressAsync("Home");
        await Expect(_tab.Locator("#L1")).ToBeInViewportAsync();
        await PressAsync("e");
        await Expect(_tab.Locator("#L231")).ToBeInViewportAsync();
        await _tab.Keyboard.PressAsync("Shift+Tab");
        await TabToAsync("button:text-is('Retry from here')", "Shift+Tab");
        await PressAsync("Enter");
        await Expect(_tab.Locator(".said")).ToContainTextAsync("will run again");
        var (key, attempt) = Assert.Single(await World.AdvanceAsync(worker, 1), got => got.Key.RunId == run);
        await Expect(_tab.Locator("#loghead .pill")).ToHaveTextAsync("Running");
        await World.LogAsync(key, attempt, 1, ('I', "mended"));
        await Expect(_tab.Locator("#L1 span")).ToHaveTextAsync("mended");
        await World.AdvanceAsync(worker, 0, (key, attempt, 's', null, null));
        await Expect(_tab.Locator("#loghead .pill")).ToHaveTextAsync("Succeeded");

        await PressAsync("g");
        await PressAsync("b");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("Backfills");
        await BackfillAsync();
        NoProblems();
    }

    [Fact]
    public async Task A_year_is_walked_run_by_run_into_the_panel_and_back()
    {
        var (run, _) = await FailedAsync();
        _tab = Tab;
        await Tab.GotoAsync("/dags/sales?density=year");
        await TabToAsync("svg.years a[data-run]");
        Assert.Equal(1, await Tab.Locator("svg.years a[data-run][tabindex='0']").CountAsync());
        await PressAsync("ArrowLeft");
        await Expect(Tab.Locator("#panel h2")).ToHaveTextAsync($"Run {run + 1}");
        await PressAsync("Enter");
        await Expect(Tab.Locator("#panel")).ToBeFocusedAsync();
        await PressAsync("ArrowLeft");
        await Expect(Tab.Locator("#panel")).ToBeFocusedAsync();
        await PressAsync("Escape");
        await Expect(Tab.Locator($"svg.years a[data-run='{run + 1}']")).ToBeFocusedAsync();
        NoProblems();
    }

    [Fact]
    public async Task The_focus_stands_where_the_reader_sees_it_on_every_page()
    {
        _tab = Tab;
        var pages = await EveryPage.MakeAsync(World);
        var wrong = new List<string>();
        foreach (var url in pages.Select(page => page.First()))
        {
            await Tab.GotoAsync(url);
            for (var i = 0; i < 70; i++)
            {
                await Tab.Keyboard.PressAsync("Tab");
                var found = await Tab.EvaluateAsync<string>(Focus);
                if (found.Length == 0)
                    break;
                if (found != "seen")
                    wrong.Add($"{url}: {found}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
    }

    [Fact]
    public async Task A_part_that_is_renewed_keeps_the_focus_and_what_is_unfolded()
    {
        var (run, worker) = await FailedAsync();
        _tab = Tab;
        await Tab.GotoAsync($"/dags/sales?run={run + 1}&task=extract");
        await Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await Expect(Tab.Locator("#panel .pill")).ToHaveTextAsync("Queued");
        await TabToAsync("#panel summary");
        await PressAsync("Enter");
        await World.AdvanceAsync(worker, 1);
        await Expect(Tab.Locator("#panel .pill")).ToHaveTextAsync("Running");
        await Expect(Tab.Locator("#panel details[open] > summary")).ToBeFocusedAsync();
    }

    /// <summary>Empty: the focus has left the page. It must be in sight, with a ring of two pixels, and nothing may lie on it.</summary>
    private const string Focus =
        """
        () => {
          const at = document.activeElement;
          if (!at || at === document.body || at.dataset.been) return '';
          at.dataset.been = '1';
          const named = `${at.localName}.${at.getAttribute('class')} ${(at.getAttribute('aria-label') ?? at.textContent).trim().slice(0, 40)}`;
          const ringed = of => { const style = getComputedStyle(of); return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
          // A shape has no outline: it is drawn with a line of that colour.
          const probe = document.documentElement;
          probe.style.color = 'var(--focus)';
          const ring = getComputedStyle(probe).color;
          probe.style.color = '';
          const drawn = of => { const shape = of.querySelector('rect:not(.behind)'), style = shape && getComputedStyle(shape); return style && parseFloat(style.strokeWidth) >= 2 && style.stroke === ring; };
          const after = getComputedStyle(at, '::after');
          if (!ringed(at) && !(at.closest('.logfind') && ringed(at.closest('.logfind'))) && !(at.nextElementSibling && at.closest('.radios') && ringed(at.nextElementSibling)) && after.outlineStyle === 'none' && !drawn(at)) return `no ring: ${named}`;
          const seen = at.matches('.radios input') ? at.nextElementSibling : at;
          const box = [...seen.getClientRects()].find(one => one.width && one.height) ?? seen.getBoundingClientRect();
          const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1), y = Math.min(Math.max(box.top + Math.min(box.height / 2, 12), 1), innerHeight - 1);
          const top = document.elementFromPoint(x, y);
          if (!top || !(seen.contains(top) || top.contains(seen))) return `hidden by ${top?.localName}.${top?.getAttribute('class')}: ${named}`;
          return 'seen';
        }
        """;

    /// <summary>The form of a backfill: its dates are typed, its preview follows, and it starts.</summary>
    private async Task BackfillAsync()
    {
        await TabToAsync("main a:text-is('New backfill')");
        await PressAsync("Enter");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("Backfill which DAG?");
        await TabToAsync("select[name=dag]");
        await TypeAsync("sales");
        await TabToAsync("button:text-is('Choose dates')");
        await PressAsync("Enter");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("Backfill sales");
        await TabToAsync("input[name=from]");
        await TypeAsync("03012026");
        await TabToAsync("input[name=to]");
        await TypeAsync("03042026");
        await TabToAsync("input[name=existing]");
        await PressAsync("ArrowDown");
        await Expect(_tab.Locator("input[name=existing]:checked")).ToHaveValueAsync("failed");
        await Expect(_tab.Locator("#start")).ToHaveTextAsync("Start 4 runs");
        await TabToAsync("#start");
        await PressAsync("Enter");
        await Expect(_tab.Locator("h1")).ToHaveTextAsync("Backfill 1");
    }

    /// <summary>Three runs of a chain; in the first, the second task has failed.</summary>
    private async Task<(long Run, int Worker)> FailedAsync()
    {
        await World.SignInAsync("ann", 'o');
        await World.Access.SetPasswordAsync("ann", Passwords.Hash(Password), null, new Actor("cli:test", null), CancellationToken.None);
        var runs = await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("sales", "extract", "clean", "publish") with { TimeZone = "UTC" }), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 3);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        Assert.Equal(runs[0], got[0].Key.RunId);
        await World.LogAsync(got[0].Key, got[0].Attempt, 1, [.. Enumerable.Range(1, 300).Select(n => n == 231 ? ('E', "it broke") : ('I', $"line {n}"))]);
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        return (runs[0], worker);
    }

    /// <summary>Presses Tab until the focus is there; each stop on the way must be seen.</summary>
    private async Task TabToAsync(string selector, string key = "Tab")
    {
        var passed = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            if (await _tab.Locator(selector).EvaluateAllAsync<bool>("found => found.includes(document.activeElement)"))
                return;
            await PressAsync(key);
            passed.Add(await _tab.EvaluateAsync<string>("() => `${document.activeElement.localName} ${document.activeElement.textContent.trim().slice(0, 30)}`"));
        }

        Assert.Fail($"Tab does not lead to {selector}: {string.Join(" | ", passed)}");
    }

    private Task PressAsync(string key) => _tab.Keyboard.PressAsync(key);

    private Task TypeAsync(string text) => _tab.Keyboard.TypeAsync(text);
}
