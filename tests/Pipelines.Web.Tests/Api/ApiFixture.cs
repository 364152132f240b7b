using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Tests.Api;

/// <summary>A console with its API, over a database of its own.</summary>
public abstract class ApiFixture(TestServer server) : ConsoleFixture(server)
{
    protected const string Root = "/api/v1";

    protected static readonly DateTimeOffset Day = new(2026, 1, 1, 3, 0, 0, TimeSpan.Zero);

    protected (int Dag, int Version) Orders { get; private set; }

    protected long[] RunIds { get; private set; } = [];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Http.DefaultRequestHeaders.Remove("Cookie");
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("tester", 'a'));
    }

    /// <summary>A token of an account that may at most this.</summary>
    protected async Task<string> TokenAsync(string account, char role)
    {
        var secret = Access.Secret.Make("pt_");
        await World.Access.MakeTokenAsync(new NewToken(Access.Secret.Hash(secret), secret[..8], "test", account, role, TimeSpan.FromHours(1)), "cli:test", default);
        return secret;
    }

    /// <summary>A DAG of two tasks with runs 1 to <paramref name="runs"/>, one a day, queued.</summary>
    protected async Task MakeOrdersAsync(int runs)
    {
        Orders = await World.RegisterAsync(World.Chain("orders_daily", "extract", "load") with { Cron = "0 3 * * *", TimeZone = "UTC" });
        RunIds = await World.MakeRunsAsync(Orders, Day, runs);
    }

    protected async Task<(HttpStatusCode Status, JsonNode? Body, HttpResponseMessage Answer)> SendAsync(
        HttpMethod method, string address, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Root + address, UriKind.Relative));
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 || answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) != true ? null : JsonNode.Parse(text), answer);
    }

    protected async Task<JsonNode> GetAsync(string address)
    {
        var (status, body, _) = await SendAsync(HttpMethod.Get, address);
        Assert.True(status == HttpStatusCode.OK, $"{address}: {status} {body}");
        return body!;
    }

    protected async Task<JsonNode?> PostAsync(string address, string? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var (status, answer, _) = await SendAsync(HttpMethod.Post, address, body);
        Assert.True(status == expected, $"{address}: {status} {answer}");
        return answer;
    }

    /// <summary>The problem that a request ends with: its code and its detail.</summary>
    protected async Task<(string Code, string Detail)> ProblemAsync(HttpStatusCode expected, HttpMethod method, string address, string? body = null)
    {
        var (status, problem, answer) = await SendAsync(method, address, body);
        Assert.True(status == expected, $"{address}: {status} {problem}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, (int)problem!["status"]!);
        Assert.Equal($"urn:pipelines:{problem["code"]}", (string?)problem["type"]);
        Assert.NotEqual("", (string?)problem["title"]);
        Assert.DoesNotContain("   at ", problem.ToJsonString(), StringComparison.Ordinal);
        return ((string)problem["code"]!, (string)problem["detail"]!);
    }
}
