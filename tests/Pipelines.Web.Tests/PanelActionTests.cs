using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

/// <summary>The grid's panel acts by forms alone.</summary>
public sealed class PanelActionTests(TestServer server) : ConsoleFixture(server)
{
    private HttpClient? _browser;

    private HttpClient Browser => _browser ??= FormPress.Browser(Http.BaseAddress!, SignedIn);

    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_failed_task_is_retried_from_its_panel_and_the_panel_is_shown_again()
    {
        var run = await FailedAsync("orders");
        var url = $"/dags/orders?run={run}&task=load&density=compact";
        var page = await PageAsync(url);
        Assert.Contains("Blocks 1 task", page.Value, StringComparison.Ordinal);
        Assert.Contains("Ada: see the source", await NotedAsync(url), StringComparison.Ordinal);

        var (shown, html) = await Browser.PressAsync(url, "Retry from here");

        Assert.Equal(url, shown);
        Assert.Contains("2 task instances will run again.", Said(html), StringComparison.Ordinal);
        Assert.Equal(["s", "q", "n"], await StatesAsync(run));
    }

    [Fact]
    public async Task What_a_clear_would_do_is_counted_before_it_is_done()
    {
        var run = await FailedAsync("counted");
        var url = $"/dags/counted?run={run}&task=load";

        var (_, html) = await Browser.PressAsync(url, "Only count", ("upstream", "true"));
        Assert.Contains("Nothing was changed. If cleared: 3 task instances", Said(html), StringComparison.Ordinal);
        Assert.Equal(["s", "f", "u"], await StatesAsync(run));
        (_, html) = await Browser.PressAsync(url, "Clear", ("downstream", null));
        Assert.Contains("1 task instance will run again.", Said(html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_and_a_run_are_marked_by_hand()
    {
        var run = await FailedAsync("marked");
        var url = $"/dags/marked?run={run}&task=load";
        var (_, html) = await Browser.PressAsync(url, "Mark succeeded");
        Assert.Contains($"load of run {run} is marked succeeded.", Said(html), StringComparison.Ordinal);
        Assert.Equal(["s", "s", "q"], await StatesAsync(run));

        url = $"/dags/marked?run={run}";
        (_, html) = await Browser.PressAsync(url, $"Cancel run {run}");
        Assert.Contains($"Run {run} is cancelled.", Said(html), StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync(url, "Retry 1 failed and blocked");
        Assert.Contains("1 task instance will run again.", Said(html), StringComparison.Ordinal);
        (_, html) = await Browser.PressAsync(url, "Mark failed");
        Assert.Contains($"Run {run} is marked failed.", Said(html), StringComparison.Ordinal);
        Assert.Equal('f', (await World.Store.RunAsync(run, CancellationToken.None))!.Run.State);
    }

    [Fact]
    public async Task A_refusal_is_told_on_the_page_and_a_form_of_another_site_is_not_taken()
    {
        var run = await FailedAsync("refused");
        var url = $"/dags/refused?run={run}&task=load";
        var page = await PageAsync(url);
        var (_, html) = await Browser.PressAsync(url, "Mark succeeded", ("state", "x"));
        Assert.Contains("a task is marked as s, f or k", Said(html), StringComparison.Ordinal);
        var (shown, _) = await Browser.PressAsync(url, "Mark succeeded", ("back", "https://elsewhere.test/"));
        Assert.Equal($"/dags/refused?run={run}&task=load", shown);

        using var bare = new FormUrlEncodedContent([new("run", $"{run}"), new("task", "load")]);
        using var answer = await Http.PostAsync(new Uri("/dags/refused?handler=retry", UriKind.Relative), bare);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task The_switch_in_the_head_pauses_and_resumes()
    {
        await FailedAsync("switched");
        var (shown, html) = await Browser.PressAsync("/dags/switched", "Runs by its schedule");
        Assert.Equal("/dags/switched", shown);
        Assert.Contains("switched is paused", Said(html), StringComparison.Ordinal);
        Assert.True((await World.Store.DagAsync("switched", CancellationToken.None))!.Paused);
        await Browser.PressAsync("/dags/switched", "Runs by its schedule");
        Assert.False((await World.Store.DagAsync("switched", CancellationToken.None))!.Paused);
    }

    [Fact]
    public async Task The_panel_compares_with_the_runs_before()
    {
        var dag = await World.RegisterAsync(World.Chain("compared", "load"));
        var runs = await World.MakeRunsAsync(dag, First, 6);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 6);
        await World.AdvanceAsync(worker, 0, [.. got.Select((one, i) => (one.Key, one.Attempt, i is 2 or 5 ? 'f' : 's', i is 2 or 5 ? $"row {i} is bad" : null, i is 2 or 5 ? $$"""{"type":"E","message":"row {{i}} is bad"}""" : null))]);
        await World.ExecuteAsync("update task_instance set started_at = finished_at - interval '40 s'");

        var panel = (await PageAsync($"/dags/compared?run={runs[5]}&task=load")).Descendants("aside").Last();

        Assert.Contains("The same error in 2 of the last 6 runs.", panel.Value, StringComparison.Ordinal);
        Assert.Contains("typical 40 s", panel.Value, StringComparison.Ordinal);
        Assert.Equal(6, panel.Descendants("svg").Single(svg => Of(svg, "class") == "strip").Elements("a").Count());
    }

    private static string Said(string html) => Parse(html).Descendants("p").First(p => Of(p, "class").StartsWith("said", StringComparison.Ordinal)).Value;

    private async Task<string> NotedAsync(string url)
    {
        var (_, html) = await Browser.PressAsync(url, "Keep the note", ("text", "Ada: see the source"));
        return Parse(html).Descendants("aside").Last().Value;
    }

    private async Task<string[]> StatesAsync(long run) =>
        [.. (await World.Store.RunAsync(run, CancellationToken.None))!.Instances.Select(one => one.State.ToString())];

    /// <summary>A run whose second of three tasks has failed.</summary>
    private async Task<long> FailedAsync(string dagId)
    {
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain(dagId, "extract", "load", "publish")), First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "no rows", """{"type":"E","message":"no rows"}"""));
        return run;
    }
}
