using System.Net;
using Microsoft.AspNetCore.Builder;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests;

public sealed class ServingTests(TestServer server) : ConsoleFixture(server)
{
    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:8080", HttpStatusCode.OK)]
    [InlineData("[::1]:8080", HttpStatusCode.OK)]
    [InlineData("console.test", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("localhost.evil.example", HttpStatusCode.BadRequest)]
    public async Task Only_names_that_were_configured_are_served(string host, HttpStatusCode expected)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/");
        asked.Headers.Host = host;
        Assert.Equal(expected, (await Http.SendAsync(asked)).StatusCode);
    }

    [Theory]
    [InlineData("/health/live", false, HttpStatusCode.OK)]
    [InlineData("/health/ready", false, HttpStatusCode.OK)]
    [InlineData("/metrics", false, HttpStatusCode.BadRequest)]
    [InlineData("/metrics", true, HttpStatusCode.Unauthorized)]   // as far as that the token is none
    public async Task Probes_and_programs_ask_by_the_address_of_a_container(string path, bool token, HttpStatusCode expected)
    {
        using var nobody = new HttpClient { BaseAddress = Http.BaseAddress };
        using var asked = new HttpRequestMessage(HttpMethod.Get, path);
        asked.Headers.Host = "10.0.0.7:8470";
        if (token)
            asked.Headers.Authorization = new("Bearer", "none");
        Assert.Equal(expected, (await nobody.SendAsync(asked)).StatusCode);
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_one_line()
    {
        await using var second = WebRole.Build(new WebOptions(Http.BaseAddress!.Port, null), World.Backend);

        var refused = await Assert.ThrowsAsync<PortInUseException>(() => second.StartAsync());

        Assert.Equal(Http.BaseAddress.Port, refused.Port);
        Assert.Contains("--port", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task With_its_database_it_is_ready()
    {
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_lost_database_is_told_and_asked_again()
    {
        await using var db = new Db("Host=/nowhere;Database=none;Username=none");
        await using var app = WebRole.Build(new WebOptions(0, null), new Backend(new PostgresConsole(db), new PostgresOperations(db), new PostgresAccess(db), new PostgresSettings(db), new PostgresCallbacks(db)));
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = WebRole.Address(app) };
        http.DefaultRequestHeaders.Add("Cookie", $"pipelines={SignedIn}");

        using var page = await http.GetAsync(new Uri("/dags/orders", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        var html = Parse(await page.Content.ReadAsStringAsync());
        Assert.Contains(html.Descendants("meta"), meta => Of(meta, "http-equiv") == "refresh");
        Assert.Contains("The database is not there", html.Value, StringComparison.Ordinal);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        using var ready = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        var why = await ready.Content.ReadAsStringAsync();
        Assert.Contains("PostgreSQL cannot be reached", why, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', why);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode);
        await app.StopAsync();
    }
}
