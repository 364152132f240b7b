using System.Net;
using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests;

/// <summary>The inbox, without script: who is asked, what they are shown, and what an answer does. And the addresses at which others call back.</summary>
public sealed class ApprovalPageTests(TestServer server) : ConsoleFixture(server)
{
    private long[] _runs = [];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _runs = await SampleLedger.MakeAsync(World);
    }

    [Fact]
    public async Task The_inbox_shows_what_is_asked_with_its_evidence_as_text()
    {
        var page = await PageAsync("/approvals");
        Assert.Equal(2, page.Descendants("a").Count(a => Of(a, "href").StartsWith("/approvals/", StringComparison.Ordinal) && a.Ancestors().Any(one => Of(one, "data-part") == "inbox")));
        var evidence = page.Descendants("table").Single(table => Of(table, "id") == "evidence");
        Assert.Equal(["account", "rows", "difference"], evidence.Descendants("th").Select(th => th.Value));
        Assert.Contains("4010 <b>Online</b> sales", evidence.Value, StringComparison.Ordinal);
        Assert.Contains("6112.09", evidence.Value, StringComparison.Ordinal);
        Assert.Contains("Mine 2", page.Value, StringComparison.Ordinal);
        Assert.Contains("Signals 2", page.Value, StringComparison.Ordinal);
        Assert.Contains("shipped", (await PageAsync("/approvals?list=signals")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_of_the_evidence_are_as_they_were_written_and_columns_that_are_left_out_are_counted()
    {
        await World.ExecuteAsync(
            """
            update approval set evidence = jsonb_build_array((select jsonb_object_agg('c' || i, case i when 10 then 0.004 when 11 then 4010 else 2026.50 end) from generate_series(10, 32) i)) where run_id = $1
            """, _runs[0]);
        var page = await PageAsync($"/approvals/{_runs[0]}/{SampleLedger.Task}");
        var evidence = page.Descendants("table").Single(table => Of(table, "id") == "evidence");
        Assert.Equal(["0.004", "4010", "2026.50"], evidence.Descendants("td").Take(3).Select(td => td.Value));
        Assert.Equal(20, evidence.Descendants("td").Count());
        Assert.Contains("3 more columns", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_others_are_asked_does_not_crowd_out_what_somebody_is()
    {
        await World.ExecuteAsync(
            """
            insert into approval select run_id, task_no, i, dag_no, state, question, null, needed, '{eve}', false, not_by_starter, on_reject, on_expiry, asked_at - interval '1 day', expires_at, null
            from approval, generate_series(0, 249) i where run_id = $1
            """, _runs[0]);
        var page = await PageAsync("/approvals");
        Assert.Contains("Mine 2", page.Value, StringComparison.Ordinal);
        Assert.Contains("All 252", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("Only the oldest", page.Value, StringComparison.Ordinal);
        Assert.Contains("Only the oldest 200 are listed.", (await PageAsync("/approvals?list=all")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_decision_says_so_and_keeps_its_note_also_when_others_were_faster()
    {
        var page = await PageAsync($"/approvals/{_runs[0]}/{SampleLedger.Task}");
        var (_, after) = await PostAsync(page, "decide", ("decision", "maybe"), ("why", "checked <twice>"));
        Assert.Contains("choose to approve or to reject", after.Value, StringComparison.Ordinal);
        Assert.Equal("checked <twice>", after.Descendants("textarea").Single(area => Of(area, "name") == "why").Value);
        await World.Operations.DecideAsync(new NewDecision(_runs[0], SampleLedger.Task, false), "cli:bob", default);
        (_, after) = await PostAsync(page, "decide", ("decision", "approve"), ("why", "checked"));
        Assert.NotEqual("", after.Descendants("div").Single(div => Of(div, "role") == "alert").Value);
    }

    [Fact]
    public async Task A_task_that_asks_leads_to_its_question_and_one_that_waits_says_for_which_signal()
    {
        var run = _runs[0];
        var question = $"/approvals/{run}/{SampleLedger.Task}";
        foreach (var url in new[] { $"/runs/{run}/tasks/{SampleLedger.Task}", $"/dags/{SampleLedger.Dag}?run={run}&task={SampleLedger.Task}" })
        {
            var page = await PageAsync(url);
            Assert.Equal("asks people", page.Descendants("a").Single(a => Of(a, "href") == question).Value);
            Assert.DoesNotContain("Mark succeeded", page.Value, StringComparison.Ordinal);
            Assert.Contains($"for the signal shipped: pipelines runs signal {run} shipped", (await PageAsync(url.Replace(SampleLedger.Task, "shipped", StringComparison.Ordinal))).Value, StringComparison.Ordinal);
        }

        Assert.Contains("Mark succeeded", (await PageAsync($"/dags/{SampleLedger.Dag}?run={run}&task=shipped")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_people_approve_with_the_form_and_the_history_says_who_and_why()
    {
        var url = $"/approvals/{_runs[0]}/{SampleLedger.Task}";
        var page = await PageAsync(url);
        var (back, after) = await PostAsync(page, "decide", ("decision", "approve"), ("arg.rows", "0"), ("why", "checked"));
        Assert.Contains("1 or more", after.Value, StringComparison.Ordinal);
        (back, after) = await PostAsync(page, "decide", ("decision", "approve"), ("arg.rows", "3"), ("why", "checked"));
        Assert.Contains("1 more must", after.Value, StringComparison.Ordinal);
        Assert.Equal("/approvals", back);
        Assert.Contains("You have approved", (await PageAsync(url)).Value, StringComparison.Ordinal);
        using var bob = FormPress.Browser(Http.BaseAddress!, await World.SignInAsync("bob", 'o'));
        var (_, html) = await bob.PressAsync(url, "Approve and continue", ("why", "me too"));
        Assert.Contains("Approved: the run goes on.", html, StringComparison.Ordinal);
        var done = await PageAsync($"{url}?list=done");
        Assert.Contains("me too", done.Value, StringComparison.Ordinal);
        Assert.Contains("2 of 2 approvals", done.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_shown_the_evidence_of_before_is_shown_that_of_now_and_decides_then()
    {
        var page = await PageAsync($"/approvals/{_runs[0]}/{SampleLedger.Task}");
        await World.ExecuteAsync("select clear_tasks($1, '{2}', '{-1}', 'ann', null)", _runs[0]);
        var scheduler = new PostgresSchedulerStore(World.Db);
        await scheduler.BeginWaitsAsync([.. (await scheduler.LoadReadyWaitsAsync(100, default)).Select(WaitPlan.Of)], default);
        await World.ExecuteAsync("""update approval set evidence = '{"difference": 90000}' where run_id = $1""", _runs[0]);
        var (_, after) = await PostAsync(page, "decide", ("decision", "approve"), ("why", "checked"));
        Assert.Equal("It is asked anew since: look at it again.", after.Descendants("div").Single(div => Of(div, "role") == "alert").Value);
        Assert.Contains("90000", after.Descendants("dl").Single(list => Of(list, "id") == "evidence").Value, StringComparison.Ordinal);
        (_, after) = await PostAsync(after, "decide", ("decision", "approve"));
        Assert.Contains("1 more must", after.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "{\"rows\": 3, \"period\": \"2026-02\"}")]
    [InlineData("arg.rows", "5", "{\"rows\": 5, \"period\": \"2026-02\"}")]
    [InlineData("arg.period", "2026-01", "{\"rows\": 3, \"period\": \"2026-01\"}")]
    public async Task The_second_who_approves_has_the_form_of_the_first_and_what_it_shows_is_used(string? field, string? typed, string form)
    {
        var url = $"/approvals/{_runs[0]}/{SampleLedger.Task}";
        await PostAsync(await PageAsync(url), "decide", ("decision", "approve"), ("arg.rows", "3"), ("arg.period", "2026-02"));
        Assert.Equal(form, await SecondAsync(url, field is null ? [] : [(field, typed)]));
    }

    [Fact]
    public async Task A_form_that_the_second_empties_is_empty()
    {
        await World.ExecuteAsync("""update dag_task set wait = jsonb_set(wait, '{approval,form,properties}', '{"rows": {"type": "integer"}}') where task_id = $1""", SampleLedger.Task);
        var url = $"/approvals/{_runs[0]}/{SampleLedger.Task}";
        await PostAsync(await PageAsync(url), "decide", ("decision", "approve"), ("arg.rows", "3"));
        Assert.Equal("{}", await SecondAsync(url, ("arg.rows", "")));
    }

    [Fact]
    public async Task A_viewer_reads_and_cannot_decide_and_what_asks_nothing_is_missing()
    {
        using var viewer = FormPress.Browser(Http.BaseAddress!, await World.SignInAsync("vera", 'v'));
        var page = await viewer.PageAsync($"/approvals/{_runs[0]}/{SampleLedger.Task}");
        Assert.All(page.Descendants("button").Where(button => Of(button, "name") == "decision"), button => Assert.NotNull(button.Attribute("disabled")));
        using var missing = await Http.GetAsync(new Uri($"/approvals/{_runs[0]}/book", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task An_address_takes_one_answer_until_it_expires_and_says_nothing_to_who_guesses()
    {
        var secret = new string('a', 64);
        await World.ExecuteAsync(
            "insert into callback(run_id, task_no, map_index, signal, hash, created_at, expires_at) values ($1, 0, -1, 'callback:x', $2, clock_timestamp(), clock_timestamp() + interval '1 h'), ($1, 0, -1, 'callback:y', $2, clock_timestamp(), clock_timestamp() - interval '1 h'), ($3, 0, -1, 'callback:z', $2, clock_timestamp(), clock_timestamp() + interval '1 h')",
            _runs[0], System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(secret)), _runs[2]);
        using var anybody = new HttpClient { BaseAddress = Http.BaseAddress };
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(1, new string('b', 64), "{}"));
        Assert.Equal(HttpStatusCode.NotFound, await CallAsync(99, secret, "{}"));
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync(1, secret, "{"));
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync(1, secret, "\"\\u0000\""));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(1, secret, "{\"score\": 7}"));
        Assert.Equal(HttpStatusCode.OK, await CallAsync(1, secret, "{\"score\": 8}"));
        Assert.Equal(HttpStatusCode.Gone, await CallAsync(2, secret, "{}"));
        Assert.Equal(HttpStatusCode.Gone, await CallAsync(3, secret, "{}"));
        var signals = await World.Store.SignalsAsync(_runs[0], 10, default);
        Assert.Equal("{\"score\": 7}", Assert.Single(signals, signal => signal.Name == "callback:x").Payload);

        async Task<HttpStatusCode> CallAsync(long id, string with, string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await anybody.PostAsync(new Uri($"/callbacks/{id}/{with}", UriKind.Relative), content);
            return answer.StatusCode;
        }
    }

    /// <summary>Another person approves; the form that the task hands on.</summary>
    private async Task<string> SecondAsync(string url, params (string Name, string? Value)[] fields)
    {
        using var bob = FormPress.Browser(Http.BaseAddress!, await World.SignInAsync("bob", 'o'));
        await bob.PressAsync(url, "Approve and continue", fields);
        return await World.OneAsync("select (output -> 'form')::text from task_instance where run_id = $1 and task_no = 2", row => row.GetString(0), _runs[0]);
    }
}
