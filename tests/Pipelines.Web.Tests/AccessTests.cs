using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Tests;

/// <summary>Who gets in, by which way, and what is refused.</summary>
public sealed partial class AccessTests(TestServer server) : ConsoleFixture(server)
{
    private const string Password = "correct horse battery";

    [Theory]
    [InlineData("/", HttpStatusCode.Redirect, "/login")]
    [InlineData("/dags/orders?runs=3", HttpStatusCode.Redirect, "/login?next=%2Fdags%2Forders%3Fruns%3D3")]
    [InlineData("/nowhere", HttpStatusCode.Redirect, "/login?next=%2Fnowhere")]
    [InlineData("/ui/events?dag=orders", HttpStatusCode.Unauthorized, null)]
    [InlineData("/api/v1/dags", HttpStatusCode.Unauthorized, null)]
    [InlineData("/health/live", HttpStatusCode.OK, null)]
    [InlineData("/login", HttpStatusCode.OK, null)]
    public async Task Nobody_sees_anything_but_the_way_in(string url, HttpStatusCode expected, string? to)
    {
        using var nobody = Client(null);
        using var answer = await nobody.GetAsync(Path(url));
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(to, answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_password_lets_in_a_wrong_one_does_not_and_after_some_none_is_looked_at()
    {
        await World.SignInAsync("ann", 'v');
        await World.Access.SetPasswordAsync("ann", Passwords.Hash(Password), null, "cli:test", default);
        using (var good = await SignInAsync("Ann", Password))
        {
            Assert.Equal(HttpStatusCode.Redirect, good.StatusCode);
            Assert.Equal("/runs", good.Headers.Location!.OriginalString);
            using var ann = Client(Cookie(good));
            Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync(Path("/runs"))).StatusCode);
        }

        for (var i = 0; i < 5; i++)
        {
            using var wrong = await SignInAsync("ann", "wrong horse battery");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            Assert.Contains("name or the password is wrong", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using var locked = await SignInAsync("ann", Password);
        using var nobody = await SignInAsync("nobody", Password);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (locked.StatusCode, nobody.StatusCode));
        Assert.Equal(await AlertAsync(nobody), await AlertAsync(locked));
        var told = await World.Access.AuditAsync(new AuditFilter(null, "ann", null, null, 20), default);
        Assert.Equal(5, told.Count(row => row.What == "sign-in refused"));
        Assert.Single(told, row => row.What == "signed in with password" && row.Address == "127.0.0.1");
        Assert.DoesNotContain(told, row => $"{row}".Contains("horse", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_lets_in_once()
    {
        var code = Secret.Make("pk_");
        await World.Access.MakeLinkAsync("tester", Secret.Hash(code), TimeSpan.FromMinutes(5), "cli:test", default);
        using var nobody = Client(null);
        using (var ahead = new HttpRequestMessage(HttpMethod.Get, Path($"/login?code={code}")))
        {
            ahead.Headers.Add("Sec-Purpose", "prefetch");
            Assert.Equal(HttpStatusCode.OK, (await nobody.SendAsync(ahead)).StatusCode);
        }

        using var first = await nobody.GetAsync(Path($"/login?code={code}&next=//evil.example/"));
        Assert.Equal("/", first.Headers.Location!.OriginalString);
        Assert.Contains("httponly", first.Headers.GetValues("Set-Cookie").First(), StringComparison.OrdinalIgnoreCase);
        using var second = await nobody.GetAsync(Path($"/login?code={code}"));
        Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
    }

    [Fact]
    public async Task A_session_ends_with_its_account_with_a_new_password_and_by_signing_out()
    {
        foreach (var end in new Func<string, Task>[]
        {
            _ => World.Access.CloseAccountAsync("bob", "cli:test", default), _ => World.Access.SetPasswordAsync("bob", Passwords.Hash(Password), null, "cli:test", default),
            async session =>
            {
                using var bob = Client(session);
                using var out_ = await PostAsync(bob, "/logout");
                Assert.Equal("/login", out_.Headers.Location!.OriginalString);
            },
        })
        {
            var session = await World.SignInAsync("bob", 'v');
            using var bob = Client(session);
            Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(Path("/runs"))).StatusCode);
            await end(session);
            Assert.Equal(HttpStatusCode.Redirect, (await bob.GetAsync(Path("/runs"))).StatusCode);
        }
    }

    [Fact]
    public async Task A_form_without_its_token_or_from_another_site_is_refused()
    {
        using var bare = await Http.PostAsync(Path("/settings?handler=zone"), new FormUrlEncodedContent([new("zone", "Europe/Kyiv")]));
        Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, Path("/settings?handler=zone"));
        foreign.Headers.Add("Origin", "https://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await Http.SendAsync(foreign)).StatusCode);
        // From the page behind the proxy it has come as far as the form's token, which is missing.
        using var proxied = new HttpRequestMessage(HttpMethod.Post, Path("/settings?handler=zone"));
        proxied.Headers.Add("Origin", "http://console.test");
        Assert.Equal(HttpStatusCode.BadRequest, (await Http.SendAsync(proxied)).StatusCode);
        using var api = new HttpRequestMessage(HttpMethod.Post, Path("/api/v1/dags/orders/pause"));
        Assert.Equal(HttpStatusCode.Forbidden, (await Http.SendAsync(api)).StatusCode);
    }

    [Fact]
    public async Task What_was_typed_before_a_session_ended_is_kept_and_sent_after_signing_in()
    {
        await World.Access.SetPasswordAsync("tester", Passwords.Hash(Password), null, "cli:test", default);
        using var nobody = Client(null);
        using var ended = await nobody.PostAsync(Path("/users?handler=save"), new FormUrlEncodedContent([new("name", "<new>"), new("role", "viewer"), new("password", "p")]));
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        var page = Parse(await ended.Content.ReadAsStringAsync());
        var kept = page.Descendants("input").ToDictionary(input => Of(input, "name"), input => Of(input, "value"));
        Assert.Equal("<new>", kept["kept:name"]);
        Assert.Equal("/users?handler=save", kept["next"]);
        Assert.DoesNotContain("kept:password", kept.Keys);

        (kept["name"], kept["password"]) = ("tester", Password);
        using var again = await PostAsync(nobody, "/login", ended, kept);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var waiting = Parse(await again.Content.ReadAsStringAsync());
        Assert.Equal("/users?handler=save", Of(waiting.Descendants("form").Single(), "action"));
        Assert.Contains(waiting.Descendants("input"), input => Of(input, "name") == "name" && Of(input, "value") == "<new>");
    }

    [Fact]
    public async Task A_trusted_proxy_says_who_it_is_and_nobody_else_does()
    {
        foreach (var (address, expected) in new[] { ("127.0.0.1", HttpStatusCode.OK), ("10.0.0.1", HttpStatusCode.Redirect) })
        {
            await using var app = WebRole.Build(new WebOptions(0, null) { Proxy = new ProxySignIn("X-Forwarded-User", [IPAddress.Parse(address)]) }, World.Backend);
            await app.StartAsync();
            using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = WebRole.Address(app) };
            http.DefaultRequestHeaders.Add("X-Forwarded-User", "tester");
            Assert.Equal(expected, (await http.GetAsync(Path("/runs"))).StatusCode);
        }

        using var direct = Client(null);
        direct.DefaultRequestHeaders.Add("X-Forwarded-User", "tester");
        Assert.Equal(HttpStatusCode.Redirect, (await direct.GetAsync(Path("/runs"))).StatusCode);
    }

    [Fact]
    public async Task Who_sees_some_dags_finds_no_trace_of_the_others()
    {
        var runs = new Dictionary<string, long>();
        foreach (var name in new[] { "sales", "secret" })
        {
            var dag = await World.RegisterAsync(World.Chain(name, "load"));
            runs[name] = (await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1))[0];
        }

        await World.StartRunsAsync();
        using var ann = Client(await World.SignInAsync("ann", 'o', ["sales"]));
        foreach (var url in new[] { "/", "/runs", "/backfills", "/errors" })
            Assert.DoesNotContain("secret", await ann.GetStringAsync(Path(url)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync(Path($"/runs/{runs["sales"]}"))).StatusCode);
        foreach (var url in new[] { "/dags/secret", $"/runs/{runs["secret"]}", $"/runs/{runs["secret"]}/tasks/load", $"/runs/{runs["secret"]}/tasks/load/log", "/ui/events?dag=secret", $"/ui/events?log={runs["secret"]}.0.-1.1" })
            Assert.Equal(HttpStatusCode.NotFound, (await ann.GetAsync(Path(url))).StatusCode);
    }

    [Fact]
    public async Task Only_an_admin_opens_the_users_page_and_one_admin_stays()
    {
        using var ann = Client(await World.SignInAsync("ann", 'o'));
        using var refused = await ann.GetAsync(Path("/users"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("needs the role admin", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(Path("/users"))).StatusCode);

        using var made = await PostAsync(Http, "/users?handler=save", ("name", "bob"), ("role", "viewer"), ("dags", "sales, stock"));
        Assert.Equal("/users", made.Headers.Location!.OriginalString);
        Assert.Equal(["sales", "stock"], (await World.Access.AccountsAsync(default)).Single(account => account.Name == "bob").OnlyDags);
        await Assert.ThrowsAsync<RefusedException>(() => World.Access.CloseAccountAsync("tester", "cli:test", default));
        await Assert.ThrowsAsync<RefusedException>(() => World.Access.SaveAccountAsync(new NewAccount("tester", 'v', null, null), "cli:test", default));
    }

    [Fact]
    public async Task A_token_signs_a_program_in_until_it_is_revoked_and_may_no_more_than_it_says()
    {
        using var page = await PostAsync(Http, "/settings?handler=token", ("name", "checks"), ("role", "viewer"), ("days", "3"));
        var html = Parse(await page.Content.ReadAsStringAsync());
        var secret = html.Descendants("pre").Single(pre => Of(pre, "id") == "made").Value;
        Assert.DoesNotContain(secret, await Http.GetStringAsync(Path("/settings")), StringComparison.Ordinal);
        using var program = Client(null);
        program.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(Path("/runs"))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync(Path("/users"))).StatusCode);
        // Its person may more than it: with their form it could give itself their password.
        using var form = await PostAsync(program, "/settings?handler=password", ("password", Password), ("again", Password));
        Assert.Equal(HttpStatusCode.Forbidden, form.StatusCode);
        Assert.Null((await World.Access.PasswordAsync("tester", default))!.Hash);
        var token = Assert.Single(await World.Access.TokensAsync("tester", default));
        Assert.NotNull(token.UsedAt);
        using var revoked = await PostAsync(Http, "/settings?handler=revoke", ("token", $"{token.TokenNo}"));
        Assert.Equal(HttpStatusCode.Redirect, (await program.GetAsync(Path("/runs"))).StatusCode);
    }

    private static Uri Path(string url) => new(url, UriKind.Relative);

    private static string Cookie(HttpResponseMessage answer) => SessionCookie().Match(string.Join('\n', answer.Headers.GetValues("Set-Cookie"))).Groups[1].Value;

    [GeneratedRegex("^pipelines=([^;]+)", RegexOptions.Multiline)]
    private static partial Regex SessionCookie();

    private static async Task<string> AlertAsync(HttpResponseMessage answer) =>
        Parse(await answer.Content.ReadAsStringAsync()).Descendants().Single(element => Of(element, "role") == "alert").Value;

    private async Task<HttpResponseMessage> SignInAsync(string name, string password)
    {
        using var nobody = Client(null);
        using var page = await nobody.GetAsync(Path("/login?next=/runs"));
        return await PostAsync(nobody, "/login", page, new Dictionary<string, string> { ["name"] = name, ["password"] = password, ["next"] = "/runs" });
    }
}
