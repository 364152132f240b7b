using System.Globalization;
using System.Net;
using System.Xml.Linq;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests;

public sealed class RunPageTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly DateTimeOffset First = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private HttpClient? _browser;

    private HttpClient Browser => _browser ??= FormPress.Browser(Http.BaseAddress!, SignedIn);

    public override async Task DisposeAsync()
    {
        _browser?.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Each_tab_opens_and_garbage_in_the_address_falls_back()
    {
        var run = await SampleRun.MakeAsync(World);
        foreach (var query in new[]
        {
            "", "?tab=tasks", "?tab=tasks&state=u", "?tab=logs", "?tab=logs&level=E", "?tab=events", "?tab=arguments", "?tab=notes", "?path=1", "?open=.", "?open=marts,ingest",
            "?task=marts.build_fct_orders", "?zoom=900-1300&task=cleanup", "?do=retry", "?do=rerun", "?do=fork", "?do=note", "?do=delete", "?do=succeeded", "?do=more",
            "?tab=nope&state=zz&zoom=9-1&open=%00,x&task=nope&do=nope&from=-4&level=q&path=maybe&dir=%22", "?zoom=1e400-2", "?tab=logs&from=99999999999999",
        })
            await PageAsync($"/runs/{run}{query}");
        foreach (var part in new[] { "head", "body", "panel&task=cleanup", "panel" })
        {
            using var answer = await Http.GetAsync(new Uri($"/runs/{run}?part={part}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("<html", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await PageAsync("/runs/77?tab=logs", HttpStatusCode.NotFound);
        await PageAsync("/runs/77?part=body", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_gantt_has_a_row_a_task_and_says_who_blocks()
    {
        var run = await SampleRun.MakeAsync(World);

        var page = await PageAsync($"/runs/{run}");

        var rows = Rows(page);
        Assert.Equal(21 + 6, rows.Count);
        var failed = rows["marts.build_fct_orders"];
        Assert.Equal(["1", "2", "3"], failed.Descendants("text").Where(text => Of(text, "class") == "n f").Select(text => text.Value));
        Assert.Equal(2, failed.Descendants("line").Count(line => Of(line, "class") == "wait y"));
        Assert.Equal(3, failed.Descendants("rect").Count(bar => Of(bar, "class") == "queued"));
        Assert.Contains("blocked by marts.build_fct_orders", rows["publish.export_partner_files"].Value, StringComparison.Ordinal);
        Assert.Contains("typical 41 min", page.Value, StringComparison.Ordinal);
        Assert.Contains("Critical path\u00a021 min 57 s", page.Value, StringComparison.Ordinal);
        Assert.Contains("02:10", page.Descendants("text").Select(text => text.Value));

        using var zoned = new HttpRequestMessage(HttpMethod.Get, $"/runs/{run}?tz=Europe/Berlin");
        var berlin = Parse(await (await Http.SendAsync(zoned)).Content.ReadAsStringAsync());
        Assert.Contains("03:10", berlin.Descendants("text").Select(text => text.Value));
    }

    [Fact]
    public async Task Groups_open_and_close_by_their_links()
    {
        var run = await SampleRun.MakeAsync(World);
        var page = await PageAsync($"/runs/{run}");
        var close = Rows(page)["marts"].Descendants("a").Single();
        Assert.Equal("true", Of(close, "aria-expanded"));

        var closed = Rows(await PageAsync($"/runs/{run}{Of(close, "href")}"));

        Assert.Equal(21 + 6 - 5, closed.Count);
        Assert.Contains("mark f", Of(closed["marts"].Descendants("i").First(), "class"), StringComparison.Ordinal);
        Assert.Equal("false", Of(closed["marts"].Descendants("a").Single(), "aria-expanded"));
        Assert.Equal(7, Rows(await PageAsync($"/runs/{run}?open=.")).Count);
    }

    [Fact]
    public async Task A_run_leads_to_the_one_before_and_the_one_after()
    {
        var run = await SampleRun.MakeAsync(World);
        string Link(XElement page, string rel) => Of(page.Descendants("a").Single(a => Of(a, "rel") == rel), "href");

        var page = await PageAsync($"/runs/{run}?tab=events");

        Assert.Equal((await World.Store.FamilyAsync(run, CancellationToken.None))!.Previous, long.Parse(Link(page, "prev").Split('/', '?')[2], CultureInfo.InvariantCulture));
        Assert.EndsWith("tab=events", Link(page, "next"), StringComparison.Ordinal);
        Assert.DoesNotContain((await PageAsync(Link(page, "next"))).Descendants("a"), a => Of(a, "rel") == "next");
    }

    [Fact]
    public async Task The_merged_log_has_the_lines_of_all_tasks_by_time_and_windows_lose_none()
    {
        var run = await SampleRun.MakeAsync(World);
        var all = await World.Store.RunLogAsync(run, 'I', 1, 1000, CancellationToken.None);
        Assert.Equal((48, 48L, 1L, 1L), (all.Lines.Count, all.Total, all.Warnings, all.Errors));
        Assert.Equal(all.Lines.OrderBy(line => line.Line.At).Select(line => line.Line.At), all.Lines.Select(line => line.Line.At));
        var parts = new List<RunLogLine>();
        for (var from = 1; from <= all.Total; from += 7)
            parts.AddRange((await World.Store.RunLogAsync(run, 'I', from, 7, CancellationToken.None)).Lines);
        Assert.Equal(all.Lines.Select(Name).Order(), parts.Select(Name).Order());

        Assert.Equal("marts.build_fct_orders 3", Name(Assert.Single((await World.Store.RunLogAsync(run, 'E', null, 400, CancellationToken.None)).Lines)));
        Assert.Equal(2, (await World.Store.RunLogAsync(run, 'W', null, 400, CancellationToken.None)).Lines.Count);
        var page = await PageAsync($"/runs/{run}?tab=logs&level=E");
        var link = page.Descendants("div").Single(div => Of(div, "id") == "merged").Descendants("a").Single();
        Assert.EndsWith("#L3", Of(link, "href"), StringComparison.Ordinal);
        await PageAsync(Of(link, "href").Split('#')[0]);
        static string Name(RunLogLine line) => $"{line.TaskId} {line.Line.Number}";
    }

    [Fact]
    public async Task A_form_retries_what_failed_and_was_blocked_and_nothing_else()
    {
        var (run, worker) = await FailedAsync("retried");
        var page = await PageAsync($"/runs/{run}?do=retry&tab=tasks");
        Assert.Contains("Retry failed and blocked (2)", page.Value, StringComparison.Ordinal);
        Assert.Contains($"pipelines tasks clear {run} clean --only-failed", page.Value, StringComparison.Ordinal);

        var after = await PostAsync($"/runs/{run}?do=retry&tab=tasks", ("why", "the source was late"));

        Assert.EndsWith($"/runs/{run}?tab=tasks", after.Url, StringComparison.Ordinal);
        Assert.Contains("2 task instances of run", after.Page.Value, StringComparison.Ordinal);
        Assert.Equal(["s", "q", "n"], States((await World.Store.RunTasksAsync(run, CancellationToken.None))!));
        Assert.Contains(await World.Store.RunEventsAsync(run, 100, CancellationToken.None), e => e.Why?.Contains("the source was late", StringComparison.Ordinal) == true);
        await World.AdvanceAsync(worker, 1);
    }

    [Fact]
    public async Task Forms_cancel_mark_note_and_delete()
    {
        var (run, _) = await FailedAsync("acted");
        var noted = await PostAsync($"/runs/{run}?do=note&tab=notes", ("text", "see <b>ticket</b> 815"));
        Assert.Contains("see <b>ticket</b> 815", noted.Page.Value, StringComparison.Ordinal);
        await PostAsync($"/runs/{run}?do=rerun");
        Assert.Equal('q', await StateAsync(run));
        var asked = await PageAsync($"/runs/{run}?do=cancel");
        Assert.Contains("none of its 3 tasks runs", asked.Value, StringComparison.Ordinal);
        await PostAsync($"/runs/{run}?do=cancel");
        Assert.Equal('c', await StateAsync(run));
        using var form = await Http.GetAsync(new Uri($"/runs/{run}?do=note", UriKind.Relative));
        using var refused = await PostAsync(Http, $"/runs/{run}?handler=cancel", form, new Dictionary<string, string>());
        Assert.Contains(refused.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith("said=-", StringComparison.Ordinal));
        await PostAsync($"/runs/{run}?do=succeeded");
        Assert.Equal('s', await StateAsync(run));
        var deleted = await PostAsync($"/runs/{run}?do=delete");
        Assert.EndsWith("/dags/acted", deleted.Url, StringComparison.Ordinal);
        await PageAsync($"/runs/{run}", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_form_makes_a_new_run_from_a_task_and_shows_it()
    {
        var (run, _) = await FailedAsync("again");

        var made = await PostAsync($"/runs/{run}?do=fork&task=clean", ("task", "clean"), ("version", "original"), ("reuse", "true"));

        Assert.DoesNotContain($"/runs/{run}", made.Url, StringComparison.Ordinal);
        Assert.Contains($"began with what run {run} came to", made.Page.Value, StringComparison.Ordinal);
        Assert.Contains("forked as", (await PageAsync($"/runs/{run}")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fork_that_is_refused_shows_its_form_again_as_it_was_sent()
    {
        var spec = World.Chain("typo", "load", "publish") with { Arguments = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"object","properties":{"days":{"type":"integer"}}}""") };
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(spec), First, 1))[0];
        await World.StartRunsAsync();
        (string Name, string Value)[] sent = [("task", "publish"), ("version", "current"), ("reuse", "true"), ("arguments", "{\"days\": <7>}"), ("why", "the mart & its index were rebuilt")];
        var page = await SendAsync(await PageAsync($"/runs/{run}?do=fork&tab=tasks"), sent);
        Assert.Contains("the arguments must be a JSON object", page.Descendants("div").Single(div => Of(div, "role") == "alert").Value, StringComparison.Ordinal);
        Assert.Equal(sent.Order(), Fields(Form(page)).Where(field => field.Name is not ("once" or "__RequestVerificationToken")).Order());
        Assert.Contains($"began with what run {run} came to", (await SendAsync(page, ("arguments", "{\"days\": 7}"))).Value, StringComparison.Ordinal);

        XElement Form(XElement shown) => shown.Descendants("section").Single(section => Of(section, "class") == "act").Element("form")!;
        async Task<XElement> SendAsync(XElement shown, params (string Name, string Value)[] typed)
        {
            var fields = Fields(Form(shown)).Where(field => typed.All(one => one.Name != field.Name)).Concat(typed);
            return (await PostAsync($"/runs/{run}{Of(Form(shown), "action")}", fields)).Page;
        }
    }

    [Fact]
    public async Task The_forms_that_end_a_run_say_what_is_undone_and_which_runs_end_with_it()
    {
        var chain = World.Chain("saga", "book", "ship");
        var saga = await World.RegisterAsync(chain with
        {
            Tasks =
            [
                .. chain.Tasks, new TaskSpec { Id = "bill", Queue = WaitSpec.Queue, Upstreams = [new EdgeSpec("ship")], Wait = new WaitSpec { Kind = WaitKind.Run, Dag = "billing", ParentClose = ParentClosePolicy.Cancel } },
                .. chain.Tasks.Select(task => new TaskSpec { Id = task.Id + ".undo", Role = TaskRole.Undo, Inputs = [task.Id], Upstreams = [new EdgeSpec(task.Id)] }),
                new TaskSpec { Id = "page", Role = TaskRole.OnFailure },
            ],
        });
        var run = (await World.MakeRunsAsync(saga, First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        const string Undone = "What 1 task has done is undone, the last first.";
        Assert.Contains($"what is to come will not run. {Undone} Runs that it has started and waits for are cancelled with it.", (await PageAsync($"/dags/saga?run={run}")).Value, StringComparison.Ordinal);
        var children = await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("billing", "only")), First, 2);
        await World.ExecuteAsync(   // the second as `context.RunAsync` of a body that lets it outlive itself starts it
            "update dag_run set parent_run = $1, parent_task = 2, parent_map = -1, parent_epoch = 0, parent_name = run_id::text, parent_close = case run_id when $2 then 'c' else 'a' end::\"char\" where run_id = any($3)",
            run, children[0], children);
        const string Children = "1 open run that it has started and waits for is cancelled with it.";
        var cancel = (await PageAsync($"/runs/{run}?do=cancel")).Value;
        Assert.Contains($"1 running task is told to stop, and 1 task that has not started ends now. Teardowns still run. {Undone} {Children}", cancel, StringComparison.Ordinal);
        Assert.Contains("Cancel 2 tasks", cancel, StringComparison.Ordinal);
        Assert.Contains($"teardowns still run. {Undone} {Children}", (await PageAsync($"/runs/{run}?do=failed")).Value, StringComparison.Ordinal);
        Assert.Contains($"teardowns still run. {Children}", (await PageAsync($"/runs/{run}?do=succeeded")).Value, StringComparison.Ordinal);
        await PostAsync($"/runs/{run}?do=failed");
        Assert.Contains("All its work has ended. Teardowns still run.", (await PageAsync($"/runs/{run}?do=cancel")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_children_are_counted_and_come_first_however_many_have_ended_before_them()
    {
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("feed", "only")), First, 1))[0];
        await World.StartRunsAsync();
        var children = await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("billing", "only")), First, 103);
        await World.ExecuteAsync("update dag_run set parent_run = $1, parent_task = 0, parent_map = -1, parent_epoch = 0, parent_name = run_id::text, parent_close = 'c' where run_id = any($2)", run, children);
        await World.ExecuteAsync("update dag_run set state = 's', started_at = created_at, finished_at = clock_timestamp() where run_id = any($1)", children[..101]);
        var page = await PageAsync($"/runs/{run}?do=cancel");
        Assert.Contains(" 2 open runs that it has started and waits for are cancelled with it.", page.Value, StringComparison.Ordinal);
        Assert.Contains("and 98 more", page.Value, StringComparison.Ordinal);
        Assert.Equal([.. children[101..], .. children[..98]], (await World.Store.LineageAsync(run, CancellationToken.None)).Children.Select(child => child.RunId));
    }

    [Fact]
    public async Task A_queued_run_says_what_it_waits_for()
    {
        var dag = await World.RegisterAsync(World.Chain("narrow", "only") with { MaxActiveRuns = 1 });
        var runs = await World.MakeRunsAsync(dag, First, 2);
        await World.StartRunsAsync();
        var page = await PageAsync($"/runs/{runs[1]}");
        Assert.Contains($"waits for a place: only one run of the DAG may run at once, and so many do: run {runs[0]}", page.Value, StringComparison.Ordinal);
        await World.ExecuteAsync("update dag_run set entity_key = 'customer-7', in_line = true where run_id = $1", runs[1]);
        Assert.Contains("waits for the open run of the key customer-7 to end", (await PageAsync($"/runs/{runs[1]}")).Value, StringComparison.Ordinal);
        await World.ExecuteAsync("update dag set paused = true");
        Assert.Contains("waits for the DAG, which is paused", (await PageAsync($"/runs/{runs[1]}")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Elements_of_a_mapped_task_are_one_bar_and_are_counted()
    {
        var dag = await World.RegisterAsync(World.Chain("mapped", "list", "each") with
        {
            Tasks = [new TaskSpec { Id = "list" }, new TaskSpec { Id = "each", Over = "list", Inputs = ["list[]"], Upstreams = [new EdgeSpec("list")] }],
        });
        var run = (await World.MakeRunsAsync(dag, First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        var elements = await World.AdvanceAsync(worker, 3, (got[0].Key, got[0].Attempt, 's', null, null));
        await World.AdvanceAsync(worker, 0, (elements[0].Key, elements[0].Attempt, 's', null, null), (elements[1].Key, elements[1].Attempt, 'f', "no", null));

        var tasks = (await World.Store.RunTasksAsync(run, CancellationToken.None))!;
        Assert.Equal(2, tasks.Detail.Instances.Count);
        Assert.Equal([('f', 1), ('r', 1), ('s', 1)], tasks.Elements.OrderBy(sum => sum.State).Select(sum => (sum.State, sum.Count)));
        var row = Rows(await PageAsync($"/runs/{run}"))["each"];
        Assert.Contains("each × 3", row.Value, StringComparison.Ordinal);
        Assert.Contains("1 running", row.Value, StringComparison.Ordinal);

        await World.AdvanceAsync(worker, 0, (elements[2].Key, elements[2].Attempt, 's', null, null));
        Assert.Equal([elements[1].Key], await World.Store.FailedAsync(run, CancellationToken.None));
        var after = await PostAsync($"/runs/{run}?do=retry");
        Assert.Contains("1 task instances", after.Page.Value, StringComparison.Ordinal);
    }

    private static List<string> States(RunTasks tasks) => [.. tasks.Detail.Instances.Select(one => one.State.ToString())];

    private static Dictionary<string, XElement> Rows(XElement page) => page.Descendants("tr").Where(row => row.Attribute("data-row") is not null).ToDictionary(row => Of(row, "data-row"));

    private async Task<char> StateAsync(long run) => (await World.Store.RunTasksAsync(run, CancellationToken.None))!.Detail.Run.State;

    private async Task<(long Run, int Worker)> FailedAsync(string dag)
    {
        var run = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain(dag, "load", "clean", "publish")), First, 1))[0];
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 1);
        got = await World.AdvanceAsync(worker, 1, (got[0].Key, got[0].Attempt, 's', null, null));
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 'f', "boom", """{"type":"System.Exception","message":"boom"}"""));
        return (run, worker);
    }

    /// <summary>Opens the page and presses the button of its form.</summary>
    private async Task<(string Url, XElement Page)> PostAsync(string url, params (string Name, string? Value)[] typed)
    {
        var form = (await PageAsync(url)).Descendants("section").Single(section => Of(section, "class") == "act");
        var (after, html) = await Browser.PressAsync(url, form.Descendants("button").Single().Value, typed);
        return (after, Parse(html));
    }
}
