using System.Net;

namespace Pipelines.Web.Tests.Api;

public sealed class ProblemTests(TestServer server) : ApiFixture(server)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(2);
    }

    [Theory]
    [InlineData("GET", "/dags/ordres", "'ordres'")]
    [InlineData("GET", "/runs/4711", "no run 4711; the newest is 2")]
    [InlineData("GET", "/runs/4711/tasks", "no run 4711")]
    [InlineData("GET", "/runs/1/tasks/extrakt", "no task 'extrakt'; it has: extract, load")]
    [InlineData("GET", "/runs/1/tasks/extract", "has not started")]
    [InlineData("GET", "/backfills/3", "no backfill 3; there is none at all")]
    [InlineData("GET", "/assets/gold", "'gold'")]
    [InlineData("GET", "/notifications/9", "notification 9")]
    [InlineData("GET", "/runs/one", "no address GET /api/v1/runs/one")]
    [InlineData("GET", "/nothing", "openapi.json")]
    [InlineData("GET", "/runs?dag=ordres", "'ordres'")]
    [InlineData("GET", "/events?dag=ordres", "'ordres'")]
    [InlineData("POST", "/dags/ordres/pause", "'ordres'")]
    [InlineData("POST", "/runs/4711/cancel", "no run 4711; the newest is 2")]
    [InlineData("POST", "/backfills/3/pause", "backfill 3")]
    [InlineData("DELETE", "/runs/4711", "no run 4711")]
    [InlineData("POST", "/notifications/9/retry", "9")]
    [InlineData("POST", "/runs/1/tasks/nope/reject", "no task 'nope'")]
    [InlineData("POST", "/runs/1/tasks/nope/approve", "no task 'nope'", "{}")]
    [InlineData("PUT", "/runs/1/tasks/nope/note", "nope", """{"text": "late"}""")]
    public async Task What_is_not_there_is_named(string method, string address, string named, string? body = null)
    {
        var (code, detail) = await ProblemAsync(HttpStatusCode.NotFound, new HttpMethod(method), address, body);
        Assert.Equal("not_found", code);
        Assert.Contains(named, detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/runs?dagg=orders", "'dagg'")]
    [InlineData("/runs?limit=0", "1 to 1000")]
    [InlineData("/runs?limit=ten", "'limit' cannot be 'ten': it must be a whole number")]
    [InlineData("/runs?limit=5&limit=6", "'limit'")]
    [InlineData("/runs?state=lost", "Write one of: queued, running")]
    [InlineData("/dags/orders_daily?run=1", "there is none at all")]
    [InlineData("/dags/orders_daily/grid?end=soon", "a moment such as")]
    [InlineData("/dags/orders_daily/grid?runs=0", "1 to 1000")]
    [InlineData("/dags/orders_daily/tick-runs", "from")]
    [InlineData("/events?after=-1", "'after'")]
    public async Task What_is_not_understood_is_said_with_its_place(string address, string said)
    {
        var (code, detail) = await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Get, address);
        Assert.Equal("bad_request", code);
        Assert.Contains(said, detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dags/orders_daily/runs", "{", "$")]
    [InlineData("/dags/orders_daily/runs", "", "no body")]
    [InlineData("/dags/orders_daily/runs", "[]", "$")]
    [InlineData("/dags/orders_daily/runs", """{"kee": "a"}""", "kee")]
    [InlineData("/dags/orders_daily/runs", """{"key": 3}""", "$.key")]
    [InlineData("/dags/orders_daily/runs", """{"intervalStart": "2026-01-01T00:00:00Z"}""", "'intervalEnd'")]
    [InlineData("/backfills", """{"dag": "orders_daily", "from": "2026-01-01"}""", "to")]
    [InlineData("/backfills", """{"dag": null, "from": "2026-01-01", "to": "2026-01-02"}""", "dag")]
    [InlineData("/backfills", """{"dag": "orders_daily", "from": "January", "to": "2026-01-02"}""", "$.from")]
    [InlineData("/runs/1/mark", """{"state": "great"}""", "'great'")]
    [InlineData("/runs/1/clear", "{}", "'task' or 'group'")]
    [InlineData("/runs/1/restart", """{"version": "newest"}""", "'newest'")]
    public async Task A_body_that_does_not_fit_says_where(string address, string body, string said)
    {
        var (code, detail) = await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Post, address, body);
        Assert.Equal("bad_request", code);
        Assert.Contains(said, detail, StringComparison.Ordinal);
        Assert.DoesNotContain("Pipelines.", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_and_what_comes_at_the_wrong_time_conflicts()
    {
        var (refused, why) = await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/dags/orders_daily/runs", """{"arguments": {"days": 3}}""");
        Assert.Equal("refused", refused);
        Assert.Contains("takes no arguments", why, StringComparison.Ordinal);
        var (conflict, running) = await ProblemAsync(HttpStatusCode.Conflict, HttpMethod.Delete, "/runs/1");
        Assert.Equal("conflict", conflict);
        Assert.Contains("run 1 is queued", running, StringComparison.Ordinal);
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/backfills", """{"dag": "orders_daily", "from": "2026-02-01", "to": "2026-01-01"}""");
    }

    [Theory]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": {"label": "a\u0000b"}}""", 422, "what was sent cannot be stored")]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": {"label": 1e999999}}""", 422, "what was sent cannot be stored")]
    [InlineData("POST", "/dags/mart/runs", """{"key": "a\u0000b"}""", 422, "what was sent cannot be stored")]
    [InlineData("POST", "/runs/3/fork", """{"fromTask": "load", "arguments": {"label": "a\u0000b"}, "dryRun": true}""", 422, "what was sent cannot be stored")]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": {"label": "a\ud800b"}}""", 400, "the body does not fit at $.arguments, line 1: in a text half of a character stands alone")]
    [InlineData("POST", "/dags/mart/runs", """{"key": "a\ud800b"}""", 400, "the body does not fit at $.key")]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": {"label": 1, "label": 2}}""", 400, "the body does not fit at $.arguments, line 1: ")]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": {"deep": [{"a": 1, "a": 2}]}}""", 400, "the body does not fit at $.arguments, line 1: ")]
    [InlineData("POST", "/dags/mart/runs", """{"arguments": 3}""", 400, "the body does not fit at $.arguments, line 1: it must be an object")]
    [InlineData("POST", "/runs/1/signals/x", """{"data": {"a": 1, "a": 2}}""", 400, "the body does not fit at $.data, line 1: ")]
    [InlineData("POST", "/dags/mart/runs", """{"key": "a", "key": "b"}""", 400, "the body does not fit at $.key")]
    [InlineData("PUT", "/runs/1/note", """{"text": "a\u0000b"}""", 422, "what was sent cannot be stored")]
    [InlineData("POST", "/runs/1/cancel?why=a%00", null, 409, "what was sent cannot be stored")]
    [InlineData("GET", "/runs?dag=%00", null, 409, "what was sent cannot be looked for")]
    [InlineData("GET", "/audit?who=%00", null, 409, "what was sent cannot be looked for")]
    public async Task What_the_database_cannot_hold_is_refused(string method, string address, string? body, int status, string said)
    {
        var mart = await World.RegisterAsync(World.Chain("mart", "load") with { Arguments = System.Text.Json.Nodes.JsonNode.Parse("""{"type":"object","properties":{"label":{}}}""") });
        await World.MakeRunsAsync(mart, Day, 1);
        await World.StartRunsAsync();
        Assert.StartsWith(said, (await ProblemAsync((HttpStatusCode)status, new HttpMethod(method), address, body)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_with_what_the_database_cannot_hold_is_refused_and_decides_nothing()
    {
        var runs = await SampleLedger.MakeAsync(World);
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, $"/runs/{runs[0]}/tasks/{SampleLedger.Task}/approve", """{"form": {"period": "\u0000"}}""");
        Assert.Equal("open", (string)(await PostAsync($"/runs/{runs[0]}/tasks/{SampleLedger.Task}/approve", """{"form": {"period": "2026-02"}}"""))!["state"]!);
    }

    [Theory]
    [InlineData("/runs?dag=%00")]
    [InlineData("/search?q=%00")]
    public async Task A_page_that_looks_for_what_the_database_cannot_hold_says_so(string address)
    {
        var page = await PageAsync(address, HttpStatusCode.BadRequest);
        Assert.Contains("what was sent cannot be looked for", page.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_another_type_and_another_method_are_told()
    {
        using var text = new StringContent("key=a");
        using var wrong = await Http.PostAsync(new Uri(Root + "/dags/orders_daily/runs", UriKind.Relative), text);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, wrong.StatusCode);
        Assert.Contains("unsupported_media_type", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("method_not_allowed", (await ProblemAsync(HttpStatusCode.MethodNotAllowed, HttpMethod.Delete, "/dags")).Code);
    }

    [Fact]
    public async Task A_lost_database_is_told_with_when_to_come_back()
    {
        await World.Db.DisposeAsync();
        var (status, problem, answer) = await SendAsync(HttpMethod.Get, "/dags");
        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("Npgsql", problem!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_keep_their_own_answers()
    {
        using var page = await Http.GetAsync(new Uri("/nothing", UriKind.Relative));
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        using var live = await Http.GetAsync(new Uri("/ui/events?dag=a&runs=x", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, live.StatusCode);
    }
}
