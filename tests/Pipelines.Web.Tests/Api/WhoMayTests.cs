using System.Net;
using System.Text.Json.Nodes;

namespace Pipelines.Web.Tests.Api;

public sealed class WhoMayTests(TestServer server) : ApiFixture(server)
{
    private static readonly string[] Methods = ["get", "post", "put", "delete"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
    }

    [Fact]
    public async Task Each_operation_is_refused_to_less_than_the_role_that_it_names()
    {
        var document = await GetAsync("/openapi.json");
        var (viewer, oper) = (await TokenAsync("tester", 'v'), await TokenAsync("tester", 'o'));
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject().Where(one => Methods.Contains(one.Key)))
            {
                Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(document, path, method, operation!, null));
                var role = (string)operation!["x-needs-role"]!;
                if (role is "operator" or "admin")
                    Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(document, path, method, operation, viewer));
                if (role is "admin")
                    Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(document, path, method, operation, oper));
                if (role is "viewer" && method == "get" && !path.EndsWith("events", StringComparison.Ordinal))
                    Assert.NotEqual(HttpStatusCode.Forbidden, await CallAsync(document, path, method, operation, viewer));
            }
        }
    }

    [Fact]
    public async Task A_session_acts_only_from_a_page_of_ours()
    {
        using var browser = Client(SignedIn);
        using var bare = await browser.PostAsync(new Uri(Root + "/dags/orders_daily/pause", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Forbidden, bare.StatusCode);
        browser.DefaultRequestHeaders.Add("Origin", browser.BaseAddress!.GetLeftPart(UriPartial.Authority));
        using var ours = await browser.PostAsync(new Uri(Root + "/dags/orders_daily/pause", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.OK, ours.StatusCode);
    }

    [Fact]
    public async Task Who_sees_one_dag_pages_through_its_runs_alone()
    {
        var other = await World.RegisterAsync(World.Chain("other", "only"));
        for (var i = 0; i < 4; i++)
        {
            await World.MakeRunsAsync(other, Day.AddDays(2 * i), 2);
            await World.MakeRunsAsync(Orders, Day.AddDays(10 + i), 1);
        }

        await World.SignInAsync("partner", 'o', dags: ["orders_daily"]);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("partner", 'o'));
        var (seen, cursor) = (new List<long>(), "");
        do
        {
            var page = await GetAsync($"/runs?limit=2{cursor}");
            Assert.All(page["items"]!.AsArray(), run => Assert.Equal("orders_daily", (string)run!["dag"]!));
            seen.AddRange(page["items"]!.AsArray().Select(run => (long)run!["run"]!));
            cursor = page["next"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(6, seen.Distinct().Count());
        Assert.Equal(6, seen.Count);
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/dags/other");
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Post, "/dags/other/pause");
        await ProblemAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/runs/3/tasks");
    }

    private async Task<HttpStatusCode> CallAsync(JsonNode document, string path, string method, JsonNode operation, string? token)
    {
        foreach (var parameter in (operation["parameters"] as JsonArray ?? []).Where(one => (string)one!["in"]! == "path"))
            path = path.Replace($"{{{parameter!["name"]}}}", parameter["example"]!.ToString(), StringComparison.Ordinal);
        if (path.EndsWith("tick-runs", StringComparison.Ordinal))
            path += "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"] is { } schema)
            request.Content = new StringContent(document["components"]!["schemas"]![((string)schema!).Split('/')[^1]]!["examples"]![0]!.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var caller = Client(null);
        if (token is not null)
            caller.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return answer.StatusCode;
    }
}
