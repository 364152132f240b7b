using System.Net;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Tests;

/// <summary>Every way in ends: by time, by hand, and with its account.</summary>
public sealed class SignInEndsTests(TestServer server) : ConsoleFixture(server)
{
    private static readonly Uri Page = new("/runs", UriKind.Relative);

    [Theory]
    [InlineData("update api_token set expires_at = clock_timestamp()")]
    [InlineData("update api_token set revoked_at = clock_timestamp()")]
    [InlineData("update account set closed_at = clock_timestamp() where name = 'ann'")]
    public async Task A_token_ends(string end)
    {
        await World.SignInAsync("ann", 'v');
        var secret = Secret.Make("pl_");
        await World.Access.MakeTokenAsync(new NewToken(Secret.Hash(secret), Secret.Start(secret), "checks", "ann", 'v', TimeSpan.FromDays(1)), "cli:test", default);
        using var program = Client(null);
        program.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(Page)).StatusCode);
        await World.ExecuteAsync(end);
        Assert.Equal(HttpStatusCode.Redirect, (await program.GetAsync(Page)).StatusCode);
    }

    [Theory]
    [InlineData("update session set expires_at = clock_timestamp()")]
    [InlineData("update account set closed_at = clock_timestamp() where name = 'ann'")]
    public async Task A_session_ends(string end)
    {
        using var ann = Client(await World.SignInAsync("ann", 'v'));
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync(Page)).StatusCode);
        await World.ExecuteAsync(end);
        Assert.Equal(HttpStatusCode.Redirect, (await ann.GetAsync(Page)).StatusCode);
    }

    [Fact]
    public async Task A_link_ends()
    {
        var code = Secret.Make("pk_");
        await World.Access.MakeLinkAsync("tester", Secret.Hash(code), TimeSpan.FromMinutes(5), "cli:test", default);
        await World.ExecuteAsync("update sign_in_link set expires_at = clock_timestamp()");
        using var nobody = Client(null);
        using var late = await nobody.GetAsync(new Uri($"/login?code={code}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
    }

    [Fact]
    public async Task One_address_has_so_many_tries_a_minute_and_no_more()
    {
        using var nobody = Client(null);
        using var page = await nobody.GetAsync(new Uri("/login", UriKind.Relative));
        var form = new Dictionary<string, string> { ["name"] = "", ["password"] = "" };
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(nobody, "/login", page, form)).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await PostAsync(nobody, "/login", page, form)).StatusCode);
    }

    [Fact]
    public async Task The_console_is_served_under_no_name_that_nobody_configured()
    {
        using var asked = new HttpRequestMessage(HttpMethod.Get, Page) { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await Http.SendAsync(asked)).StatusCode);
        using var known = new HttpRequestMessage(HttpMethod.Get, Page) { Headers = { Host = "console.test" } };
        Assert.Equal(HttpStatusCode.OK, (await Http.SendAsync(known)).StatusCode);
    }
}
