using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests.Api;

/// <summary>Users, tokens, the audit, connections and variables over the API.</summary>
public sealed class AccessApiTests(TestServer server) : ApiFixture(server)
{
    private const string Secret = "Host=warehouse;Password=hunter2";

    [Fact]
    public async Task A_user_is_made_restricted_closed_and_opened_again_and_all_of_it_is_told()
    {
        var (status, made, _) = await SendAsync(HttpMethod.Put, "/users/ann?why=new%20here", """{"role": "operator", "dags": ["orders_daily"]}""");
        Assert.Equal((HttpStatusCode.OK, "operator"), (status, (string?)made!["role"]));
        Assert.Equal("orders_daily", (string?)Assert.Single(made["dags"]!.AsArray()));
        Assert.True((bool)(await PostAsync("/users/ann/close"))!["closed"]!);
        Assert.False((bool)(await SendAsync(HttpMethod.Put, "/users/ann", """{"role": "viewer"}""")).Body!["closed"]!);
        var told = (await GetAsync("/audit?what=ann&limit=10"))["items"]!.AsArray();
        Assert.Equal(["save", "close", "save"], told.Select(row => (string)row!["what"]!));
        Assert.All(told, row => Assert.Equal(("api:tester", "127.0.0.1"), ((string)row!["by"]!, (string)row["address"]!)));
        Assert.Equal(("new here", null), ((string?)told[2]!["why"], told[2]!["before"]));
        Assert.Equal(("o", "v"), ((string?)told[0]!["before"]!["role"], (string?)told[0]!["after"]!["role"]));
        Assert.Contains("only admin", (await ProblemAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/users/tester/close")).Detail, StringComparison.Ordinal);
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Post, "/users/nobody/close");
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Post, "/users/nobody/link");
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, "/users/no%20name", """{"role": "viewer"}""");
        await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Put, "/users/ann", """{"role": "king"}""");
    }

    [Fact]
    public async Task A_token_is_told_once_and_kept_nowhere()
    {
        var (status, made, answer) = await SendAsync(HttpMethod.Post, "/tokens", """{"name": "checks", "role": "viewer", "days": 3}""", ("Idempotency-Key", "one"));
        Assert.Equal((HttpStatusCode.Created, true), (status, answer.Headers.CacheControl!.NoStore));
        var secret = (string)made!["secret"]!;
        using var program = Client(null);
        program.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal("viewer", (string?)(await program.GetFromJsonAsync<JsonNode>(new Uri(Root + "/me", UriKind.Relative)))!["role"]);

        // Sent again it is no second token, and not the first one's number with a secret that does not fit.
        var (again, problem, _) = await SendAsync(HttpMethod.Post, "/tokens", """{"name": "checks", "role": "viewer", "days": 3}""", ("Idempotency-Key", "one"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again);
        Assert.Contains(secret[..8], (string)problem!["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await StoredAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await GetAsync("/tokens")).ToJsonString(), StringComparison.Ordinal);
        await PostAsync($"/tokens/{made["token"]}/revoke", expected: HttpStatusCode.NoContent);
        using var ended = await program.GetAsync(new Uri(Root + "/me", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Post, "/tokens/4711/revoke");
    }

    [Fact]
    public async Task A_token_makes_none_that_may_more_or_is_somebody_elses()
    {
        await World.SignInAsync("ann", 'o');
        var others = (int)(await PostAsync("/tokens", """{"name": "ops", "user": "tester"}""", HttpStatusCode.Created))!["token"]!;
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("ann", 'o'));
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/tokens", """{"name": "x", "role": "admin"}""");
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/tokens", """{"name": "x", "user": "tester"}""");
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/tokens?user=tester");
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Post, $"/tokens/{others}/revoke");
        await PostAsync("/tokens", """{"name": "mine", "role": "operator"}""", HttpStatusCode.Created);
        Assert.All((await GetAsync("/tokens"))["items"]!.AsArray(), token => Assert.Equal("ann", (string)token!["user"]!));
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("tester", 'o'));
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/tokens", """{"name": "x", "role": "admin"}""");
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/users");
    }

    [Fact]
    public async Task A_link_signs_in_once_and_is_kept_nowhere()
    {
        await World.SignInAsync("ann", 'v');
        var (status, made, answer) = await SendAsync(HttpMethod.Post, "/users/ann/link", null, ("Idempotency-Key", "link"));
        Assert.Equal((HttpStatusCode.Created, true), (status, answer.Headers.CacheControl!.NoStore));
        var link = new Uri((string)made!["link"]!);
        Assert.Equal("console.test", link.Host);
        var again = new Uri((string)(await SendAsync(HttpMethod.Post, "/users/ann/link", null, ("Idempotency-Key", "link"))).Body!["link"]!);
        Assert.DoesNotContain(link.Query["?code=".Length..], await StoredAsync(), StringComparison.Ordinal);
        using var nobody = Client(null);
        foreach (var (way, expected) in new[] { (link, HttpStatusCode.Redirect), (link, HttpStatusCode.Unauthorized), (again, HttpStatusCode.Redirect) })
        {
            using var opened = await nobody.GetAsync(new Uri(way.PathAndQuery, UriKind.Relative));
            Assert.Equal(expected, opened.StatusCode);
        }

        Assert.Contains((await GetAsync("/audit?who=tester"))["items"]!.AsArray(), row => (string)row!["what"]! == "make sign-in link" && (string)row["target"]! == "ann");
    }

    [Fact]
    public async Task A_password_is_set_by_an_admin_and_is_kept_nowhere()
    {
        const string password = "correct horse battery";
        await World.SignInAsync("ann", 'v');
        await PostAsync("/users/ann/password", $$"""{"password": "{{password}}"}""", HttpStatusCode.NoContent);
        Assert.True((await GetAsync("/users"))["items"]!.AsArray().Single(user => (string)user!["user"]! == "ann")!["hasPassword"]!.GetValue<bool>());
        Assert.DoesNotContain(password, await StoredAsync(), StringComparison.Ordinal);
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Post, "/users/ann/password", """{"password": "short"}""");
    }

    [Theory]
    [InlineData("connections", "{\"value\": \"Host=warehouse;Password=hunter2\", \"about\": \"the warehouse\"}")]
    [InlineData("variables", "{\"value\": \"Host=warehouse;Password=hunter2\", \"secret\": true}")]
    public async Task A_secret_goes_in_and_never_comes_out(string kind, string body)
    {
        var (status, set, _) = await SendAsync(HttpMethod.Put, $"/{kind}/warehouse", body, ("Idempotency-Key", "set"));
        Assert.Equal((HttpStatusCode.OK, true), (status, (bool)set!["secret"]!));
        Assert.Null(set["value"]);
        Assert.DoesNotContain("hunter2", (await GetAsync($"/{kind}")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", (await GetAsync("/audit")).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", await StoredAsync(), StringComparison.Ordinal);
        var kept = World.Backend.Settings.Read(kind == "connections" ? SettingKind.Connection : SettingKind.Variable, "warehouse")!;
        Assert.True(kept.Secret);
        Assert.NotEqual(Secret, kept.Value);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, $"/{kind}/warehouse")).Status);
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Delete, $"/{kind}/warehouse");
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, $"/{kind}/warehouse", """{"value": ""}""");
        await ProblemAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, $"/{kind}/no%20name", """{"value": "x"}""");
    }

    [Fact]
    public async Task The_audit_is_paged_without_a_gap()
    {
        for (var i = 0; i < 7; i++)
            await SendAsync(HttpMethod.Put, "/variables/max_rows", $$"""{"value": "{{i}}"}""");
        var (seen, cursor) = (new List<string>(), "");
        do
        {
            var page = await GetAsync($"/audit?what=max_rows&limit=3{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(row => (string)row!["after"]!["value"]!));
            cursor = page["next"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(["6", "5", "4", "3", "2", "1", "0"], seen);
        await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Get, "/audit?cursor=nonsense");
    }

    [Fact]
    public async Task Who_sees_some_dags_gets_nothing_that_tells_of_others()
    {
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
        await World.SignInAsync("partner", 'a', dags: ["other"]);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("partner", 'a'));
        foreach (var address in (string[])["/users", "/audit", "/connections", "/variables", "/tokens?user=ann"])
            await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Get, address);
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Put, "/users/partner", """{"role": "admin"}""");
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Put, "/variables/x", """{"value": "x"}""");
        await ProblemAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/users/ann/link");
        foreach (var address in (string[])["/queue", "/failures", "/search?q=o", "/search?q=1", "/me", "/tokens"])
        {
            var text = (await GetAsync(address)).ToJsonString();
            Assert.DoesNotContain("orders_daily", text, StringComparison.Ordinal);
            Assert.DoesNotContain("broken", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_whole_at_a_glance_says_what_failed_what_waits_and_why()
    {
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
        var failure = Assert.Single((await GetAsync("/failures"))["items"]!.AsArray());
        Assert.Equal(("broken", "only", true), ((string)failure!["dag"]!, (string)failure["task"]!, (bool)failure["lasts"]!));
        var queue = await GetAsync("/queue");
        Assert.All(queue["instances"]!.AsArray(), row => Assert.NotEqual("", (string)row!["why"]!));
        Assert.NotEmpty(queue["instances"]!.AsArray());
        var found = await GetAsync($"/search?q={RunIds[0]}");
        Assert.Equal(RunIds[0], (long)found["run"]!["run"]!);
        Assert.Equal("orders_daily", (string)(await GetAsync("/search?q=RDERS_D"))["dags"]![0]!["dag"]!);
        Assert.True((int)(await GetAsync("/health"))["connections"]! > 0);
        foreach (var address in (string[])["/queue?limit=0", "/failures?hours=721", "/search?q=%20", "/search"])
            await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Get, address);
    }

    /// <summary>Everything that tells of requests, and the rows that they change, as text.</summary>
    private Task<string> StoredAsync() => World.OneAsync(
        """
        select (select coalesce(string_agg(r::text, ' '), '') from request r) || (select coalesce(string_agg(a::text, ' '), '') from audit a) || (select coalesce(string_agg(t::text, ' '), '') from api_token t)
            || (select coalesce(string_agg(l::text, ' '), '') from sign_in_link l) || (select coalesce(string_agg(a::text, ' '), '') from account a) || (select coalesce(string_agg(s::text, ' '), '') from setting s)
        """, row => row.GetString(0));
}
