using Microsoft.Playwright;

namespace Pipelines.Web.Tests;

/// <summary>A log in a real Chromium: scrolling, searching, following, keys, links to lines and what is copied.</summary>
public sealed class LogBrowserTests(TestServer server) : BrowserFixture(server)
{
    private const int Lines = 6000;

    private SampleLog _log = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Tab.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        _log = await SampleLog.StartAsync(World);
    }

    [Fact]
    public async Task Scrolling_brings_all_lines_and_keeps_few_in_the_page()
    {
        await FilledAsync();

        await Tab.GotoAsync(_log.Url + "?from=1");
        await SeesAsync(1);
        foreach (var share in new[] { 0.5, 0.9, 0.25 })
        {
            await Tab.EvaluateAsync("share => { const log = document.querySelector('#log'); log.scrollTop = share * (log.scrollHeight - log.clientHeight); }", share);
            await SeesAsync((int)(share * (Lines - 40)) + 20);
            Assert.InRange(await Tab.Locator("#lines .ln").CountAsync(), 1, 1200);
        }

        // By the wheel, past the rows that are loaded, in both directions: no row is left out and none comes twice.
        await Tab.Locator("#log").HoverAsync();
        foreach (var turn in new[] { 3000, -3000 })
        {
            for (var i = 0; i < 15; i++)
                await Tab.Mouse.WheelAsync(0, turn);
            await Tab.WaitForTimeoutAsync(300);
            var numbers = await NumbersAsync();
            Assert.Equal(Enumerable.Range(numbers[0], numbers.Length), numbers);
            Assert.InRange(numbers.Length, 400, 1200);
        }

        await Tab.Keyboard.PressAsync("G");
        await SeesAsync(Lines);
        Assert.Equal(Lines * 19, await Tab.EvaluateAsync<int>("() => Math.round(document.querySelector('#after').getBoundingClientRect().bottom - document.querySelector('#before').getBoundingClientRect().top)"));
        NoProblems();
    }

    [Fact]
    public async Task The_scroll_bar_of_a_million_lines_reaches_all_of_them()
    {
        const int Million = 1_000_000;
        await World.ExecuteAsync(
            """
            insert into log_chunk select clock_timestamp(), $1, $2, $3, $4, c * 1000 + 1, 1000, 0, 0,
              (select convert_to(string_agg((1700000000000000 + i) || E'\tI\tline ' || (c * 1000 + i) || E'\n', '' order by i), 'UTF8') from generate_series(1, 1000) i)
            from generate_series(0, 999) c
            """, _log.Key.RunId, _log.Key.TaskNo, _log.Key.MapIndex, _log.Attempt);
        await _log.EndAsync();

        await Tab.GotoAsync(_log.Url);
        await SeesAsync(1);
        await DownAsync();
        await SeesAsync(Million);
        await Tab.EvaluateAsync("() => { const log = document.querySelector('#log'); log.scrollTop = 0.5 * (log.scrollHeight - log.clientHeight); }");
        await SeesAsync(Million / 2);
        await Tab.Locator("#log").HoverAsync();
        for (var i = 0; i < 12; i++)
        {
            await Tab.Mouse.WheelAsync(0, 2000);
            await Tab.WaitForTimeoutAsync(50);
        }

        var numbers = await NumbersAsync();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Length), numbers);
        Assert.InRange(numbers[^1], (Million / 2) + 600, (Million / 2) + 3000);
        await Tab.EvaluateAsync("() => { document.querySelector('#log').scrollTop = 0; }");
        await SeesAsync(1);
        await Tab.Locator("#line").FillAsync("777777");
        await Tab.Keyboard.PressAsync("Enter");
        await SeesAsync(777_777);
        NoProblems();
    }

    [Fact]
    public async Task Hits_are_counted_marked_and_gone_through()
    {
        await FilledAsync();

        await Tab.GotoAsync(_log.Url);
        await Tab.Keyboard.PressAsync("/");
        await Tab.Keyboard.TypeAsync("NEEDLE");
        await Tab.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Tab.Locator("#hits")).ToHaveTextAsync("1 of 3");
        await Assertions.Expect(Tab.Locator("#L700 mark")).ToHaveTextAsync("needle");
        await Tab.Locator("#log").FocusAsync();
        await Tab.Keyboard.PressAsync("n");
        await Assertions.Expect(Tab.Locator("#hits")).ToHaveTextAsync("2 of 3");
        await SeesAsync(4000);
        await Tab.Keyboard.PressAsync("n");
        await SeesAsync(5999);
        await Tab.Keyboard.PressAsync("n");
        await SeesAsync(700);
        await Tab.Keyboard.PressAsync("N");
        await SeesAsync(5999);
        await Tab.Keyboard.PressAsync("e");
        await SeesAsync(2345);
        await Tab.Keyboard.PressAsync("e");
        await SeesAsync(5000);
        await Tab.Keyboard.PressAsync("E");
        await SeesAsync(2345);
        await Assertions.Expect(Tab.Locator("#L2345")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("tgt"));
        NoProblems();
    }

    [Fact]
    public async Task A_line_has_a_link_and_is_copied_without_its_number()
    {
        await FilledAsync();

        await Tab.GotoAsync(_log.Url + "?from=3000#L5500-L5502");
        await SeesAsync(5500);
        await Assertions.Expect(Tab.Locator(".ln.tgt")).ToHaveCountAsync(3);
        await Tab.Locator("#L5504 > a").ClickAsync();
        await Assertions.Expect(Tab).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#L5504$"));
        await Tab.Locator("#L5506 > a").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await Assertions.Expect(Tab).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("#L5504-L5506$"));
        await Tab.Keyboard.PressAsync("y");
        Assert.EndsWith("#L5504-L5506", await ClipboardAsync(), StringComparison.Ordinal);

        await Tab.EvaluateAsync("() => { const range = document.createRange(); range.setStart(document.querySelector('#L5504'), 0); range.setEnd(document.querySelector('#L5505 span').firstChild, 4); getSelection().removeAllRanges(); getSelection().addRange(range); document.execCommand('copy'); }");
        var copied = (await ClipboardAsync()).ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(2, copied.Length);
        Assert.EndsWith("INFO line 5504", copied[0], StringComparison.Ordinal);
        Assert.DoesNotContain("5,504", copied[0], StringComparison.Ordinal);
        NoProblems();
    }

    [Fact]
    public async Task A_page_follows_until_its_reader_scrolls_and_tells_the_end()
    {
        await _log.FillAsync(900, _ => null);

        await Tab.GotoAsync(_log.Url);
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Live");
        await SeesAsync(900);
        await Assertions.Expect(Tab.Locator("#log")).ToHaveAttributeAsync("role", "log");
        await World.LogAsync(_log.Key, _log.Attempt, 901, [.. Enumerable.Range(901, 700).Select(n => ('I', $"line {n}"))]);
        await SeesAsync(1600);

        await Tab.Locator("#log").HoverAsync();
        await Tab.Mouse.WheelAsync(0, -4000);
        await Assertions.Expect(Tab.Locator("#log")).ToHaveAttributeAsync("role", "region");
        var held = await Tab.Locator("#first").TextContentAsync();
        await World.LogAsync(_log.Key, _log.Attempt, 1601, [.. Enumerable.Range(1601, 100).Select(n => ('I', $"line {n}"))]);
        await Assertions.Expect(Tab.Locator("#total")).ToHaveTextAsync("1,700");
        Assert.Equal(held, await Tab.Locator("#first").TextContentAsync());
        await Tab.Keyboard.PressAsync("G");
        await SeesAsync(1700);
        await World.LogAsync(_log.Key, _log.Attempt, 1701, ('E', "boom"));
        await SeesAsync(1701);
        await _log.EndAsync('f', "boom", """{"type":"System.Exception","message":"boom"}""");
        await Assertions.Expect(Tab.Locator("#live")).ToHaveTextAsync("Ended");
        await Assertions.Expect(Tab.Locator("#loghead .pill")).ToHaveTextAsync("Failed");
        await Assertions.Expect(Tab.Locator("#loghead .err")).ToContainTextAsync("boom");
        NoProblems();
    }

    [Fact]
    public async Task Without_script_a_log_is_read_searched_and_retried()
    {
        await FilledAsync();
        await _log.EndAsync('f', "boom", """{"type":"System.Exception","message":"boom"}""");
        var page = await OpenAsync(script: false);

        await page.GotoAsync(_log.Url);
        await Assertions.Expect(page.Locator("#L2345")).ToBeVisibleAsync();
        await page.Locator("#later").ClickAsync();
        await Assertions.Expect(page.Locator("#L2730")).ToBeAttachedAsync();
        await page.Locator("#q").FillAsync("needle");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#L700.tgt")).ToBeAttachedAsync();
        await page.Locator("#next").ClickAsync();
        await Assertions.Expect(page.Locator("#L4000.tgt")).ToBeAttachedAsync();
        await page.Locator("form button:has-text('Retry from here')").ClickAsync();
        await Assertions.Expect(page.Locator(".said")).ToContainTextAsync("will run again");
        NoProblems();
    }

    [Fact]
    public async Task Long_lines_wrap_when_asked_to_and_the_page_still_scrolls()
    {
        await _log.FillAsync(3000, n => ('I', $"line {n} {new string('x', n % 7 * 100)}"));
        await _log.EndAsync();

        await Tab.GotoAsync(_log.Url + "?wrap=1&from=1");
        for (var i = 0; i < 30; i++)
        {
            await DownAsync();
            await Tab.WaitForTimeoutAsync(100);
            if (await Tab.Locator("#L3000").CountAsync() > 0)
                break;
        }

        await DownAsync();
        await SeesAsync(3000);
        var numbers = await NumbersAsync();
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Length), numbers);
        NoProblems();
    }

    [Fact]
    public async Task Pages_open_without_a_complaint_of_the_browser()
    {
        var seen = await Sample.MakeAsync(World);
        foreach (var theme in new[] { "light", "dark" })
        {
            await Tab.EmulateMediaAsync(new() { ColorScheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light });
            foreach (var (name, url) in new[]
            {
                ("log", "/log"), ("log-search", "/log?q=deadlock"), ("log-level", "/log?level=W"), ("log-confirm", "/log?confirm=retry"), ("log-good", "/log?against=good"),
                ("log-wrap", "/log?wrap=1&t=elapsed"), ("task", ""), ("task-io", "?tab=io"), ("task-history", "?tab=history"),
            })
            {
                await Tab.GotoAsync($"/runs/{seen.Run}/tasks/{seen.Task}{url}");
                await Tab.WaitForTimeoutAsync(200);
                await ShotAsync($"{name}-{theme}");
            }
        }

        NoProblems();
    }

    private Task<SampleLog> FilledAsync() => _log.FillAsync(Lines, n => n switch
    {
        700 or 4000 or 5999 => ('I', $"a needle in line {n}"),
        2345 or 2346 or 2347 or 5000 => ('E', $"failure {n}"),
        2000 => ('W', "warning"),
        _ => null,
    });

    private Task<int[]> NumbersAsync() => Tab.EvaluateAsync<int[]>("() => [...document.querySelectorAll('#lines .ln')].map(row => Number(row.id.slice(1)))");

    private async Task DownAsync() => await Tab.EvaluateAsync("() => { const log = document.querySelector('#log'); log.scrollTop = log.scrollHeight; }");

    /// <summary>The line is on the screen.</summary>
    private Task SeesAsync(int line) => Assertions.Expect(Tab.Locator($"#L{line}")).ToBeInViewportAsync();

    private Task<string> ClipboardAsync() => Tab.EvaluateAsync<string>("() => navigator.clipboard.readText()");
}
