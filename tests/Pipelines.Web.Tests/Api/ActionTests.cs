using System.Globalization;
using System.Net;

namespace Pipelines.Web.Tests.Api;

public sealed class ActionTests(TestServer server) : ApiFixture(server)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
    }

    [Fact]
    public async Task A_run_is_started_once_for_a_key_with_who_and_why_in_its_history()
    {
        var (status, made, answer) = await SendAsync(
            HttpMethod.Post, "/dags/orders_daily/runs?why=" + Uri.EscapeDataString("źródło naprawione"),
            """{"key": "a", "note": "by hand", "intervalStart": "2026-01-01T02:00:00+02:00", "intervalEnd": "2026-01-02T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.True((bool)made!["isNew"]!);
        Assert.Equal($"{Root}/runs/{made["run"]}", answer.Headers.Location!.ToString());
        Assert.False((bool)(await PostAsync("/dags/orders_daily/runs", """{"key": "a"}""", HttpStatusCode.Created))!["isNew"]!);
        var run = await GetAsync($"/runs/{made["run"]}");
        Assert.Equal("manual", (string)run["run"]!["kind"]!);
        Assert.Equal("2026-01-01T00:00:00+00:00", (string)run["run"]!["intervalStart"]!);
        Assert.Equal("api:tester", (string)run["run"]!["createdBy"]!);
        Assert.Equal("by hand", (string)Assert.Single(run["notes"]!.AsArray())!["text"]!);
        var events = (await GetAsync($"/runs/{made["run"]}/events"))["items"]!.AsArray();
        Assert.Contains(events, one => (string?)one!["actor"] == "api:tester" && ((string?)one["why"])?.Contains("źródło naprawione", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Tasks_are_marked_and_cleared_by_name()
    {
        Assert.Equal(1, (int)(await PostAsync("/runs/1/tasks/mark", """{"instances": [{"task": "extract"}], "state": "succeeded"}"""))!["count"]!);
        Assert.Equal("succeeded", (string)(await GetAsync("/runs/1/tasks/extract"))["state"]!);
        var dry = await PostAsync("/runs/1/clear", """{"task": "extract", "dryRun": true}""");
        Assert.Equal(2, (int)dry!["items"]![0]!["cleared"]!);
        Assert.Equal("succeeded", (string)(await GetAsync("/runs/1/tasks/extract"))["state"]!);
        Assert.Equal(1, (int)(await PostAsync("/runs/1/tasks/clear", """{"instances": [{"task": "extract"}]}"""))!["count"]!);
        Assert.Equal("queued", (string)(await GetAsync("/runs/1/tasks/extract"))["state"]!);
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/runs/1/tasks/clear", """{"instances": [{"task": "extrakt"}]}""");
    }

    [Fact]
    public async Task A_decision_is_on_what_was_looked_at_where_it_says_when_that_was_asked()
    {
        var asked = (await GetAsync("/approvals"))["items"]!.AsArray();
        Assert.Equal(2, asked.Count);
        foreach (var (one, verb, state) in asked.Zip(["approve", "reject"], ["open", "rejected"]))
        {
            var (address, at) = ($"/runs/{one!["run"]}/tasks/{one["task"]}/{verb}", (string)one["askedAt"]!);
            var other = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).AddMicroseconds(-1).ToString("O", CultureInfo.InvariantCulture);
            Assert.Contains("asked anew", (await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, address, $$"""{"askedAt": "{{other}}"}""")).Detail, StringComparison.Ordinal);
            Assert.Equal(state, (string)(await PostAsync(address, $$"""{"askedAt": "{{at}}"}"""))!["state"]!);
        }

        await World.SignInAsync("bob", 'o');
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("bob", 'o'));
        Assert.Equal("rejected", (string)(await PostAsync($"/runs/{asked[0]!["run"]}/tasks/{asked[0]!["task"]}/reject?why=late"))!["state"]!);
    }

    [Fact]
    public async Task A_backfill_is_counted_by_the_server()
    {
        const string Asked = """{"dag": "orders_daily", "from": "2025-12-30", "to": "2026-01-03", "existing": "missing"}""";
        var preview = await PostAsync("/backfills/preview", Asked);
        Assert.Equal((3, 2), ((int)preview!["create"]!, (int)preview["leave"]!));
        var made = await PostAsync("/backfills", Asked, HttpStatusCode.Created);
        var backfill = await GetAsync($"/backfills/{made!["backfill"]}");
        Assert.Equal(3, (int)backfill["total"]!);
        Assert.Equal("2025-12-30", (string)backfill["from"]!);
        Assert.Equal("paused", (string)(await PostAsync($"/backfills/{made["backfill"]}/pause"))!["state"]!);
        var (_, speed, _) = await SendAsync(HttpMethod.Put, $"/backfills/{made["backfill"]}/speed", """{"maxActive": 7}""");
        Assert.Equal(7, (int)speed!["maxActive"]!);
        Assert.Equal("cancelled", (string)(await PostAsync($"/backfills/{made["backfill"]}/cancel", """{"stopRunning": true}"""))!["state"]!);
    }

    [Fact]
    public async Task Ticks_are_those_of_the_schedule()
    {
        var ticks = (await GetAsync("/dags/orders_daily/ticks?from=2026-01-31T03:00:00Z&count=2"))["items"]!.AsArray();
        Assert.Equal(["2026-02-01T03:00:00+00:00", "2026-02-02T03:00:00+00:00"], ticks.Select(tick => (string)tick!["scheduledFor"]!));
        await World.RegisterAsync(World.Chain("by_hand", "only") with { Cron = null });
        Assert.Contains("no intervals", (await ProblemAsync(HttpStatusCode.Conflict, HttpMethod.Get, "/dags/by_hand/ticks")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_is_read_in_windows_and_as_a_whole()
    {
        var log = await GetAsync("/runs/1/tasks/extract/logs?from=2&lines=2");
        Assert.Equal([2, 3], log["lines"]!.AsArray().Select(line => (int)line!["number"]!));
        Assert.Equal("<b>no</b>", (string)log["lines"]![1]!["text"]!);
        Assert.Equal((4, 1, 1, 3), ((int)log["totalLines"]!, (int)log["warnings"]!, (int)log["errors"]!, (int)log["firstErrorLine"]!));
        Assert.Empty((await GetAsync("/runs/1/tasks/extract/logs?lines=0"))["lines"]!.AsArray());
        using var raw = await Http.GetAsync(new Uri(Root + "/runs/1/tasks/extract/logs/raw", UriKind.Relative));
        Assert.Equal("1-extract-1.log", raw.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal(4, (await raw.Content.ReadAsStringAsync()).Count(letter => letter == '\n'));
        using var artefact = await Http.GetAsync(new Uri(Root + "/runs/1/tasks/extract/artefacts/chart.svg", UriKind.Relative));
        Assert.Equal("attachment", artefact.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("<svg/>", await artefact.Content.ReadAsStringAsync());
        Assert.Contains("no attempt 9", (await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/runs/1/tasks/extract/logs?attempt=9")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_are_listed_with_what_they_returned()
    {
        var step = Assert.Single((await GetAsync("/runs/1/tasks/extract/steps"))["items"]!.AsArray())!;
        Assert.Equal(("step", "download", "orders.csv", 1), ((string)step["kind"]!, (string)step["name"]!, (string)step["output"]!, (int)step["attempt"]!));
    }

    [Fact]
    public async Task What_a_task_has_told_is_listed()
    {
        var all = (await GetAsync("/runs/1/tasks/extract/values"))["items"]!.AsArray();
        var told = Assert.Single(all, one => (string)one!["kind"]! == "value")!;
        Assert.Equal(("rows", 3000, 1), ((string)told["name"]!, (int)told["value"]!, (int)told["attempt"]!));
        var progress = Assert.Single((await GetAsync("/runs/1/progress"))["items"]!.AsArray())!;
        Assert.Equal(("extract", 62.5, "5 of <b>8</b> files"), ((string)progress["task"]!, (double)progress["percent"]!, (string)progress["text"]!));
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/runs/4711/progress");
    }

    [Fact]
    public async Task Names_with_a_slash_are_names()
    {
        await World.ExecuteAsync("insert into asset(name) values ('s3://lake/orders')");
        Assert.Equal("s3://lake/orders", (string)(await GetAsync("/assets/" + Uri.EscapeDataString("s3://lake/orders")))["asset"]!["asset"]!);
        var (status, pool, _) = await SendAsync(HttpMethod.Put, "/pools/" + Uri.EscapeDataString("eu/db"), """{"slots": 3}""");
        Assert.Equal((HttpStatusCode.OK, "eu/db", 3), (status, (string)pool!["pool"]!, (int)pool["slots"]!));
    }
}
