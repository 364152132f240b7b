using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Web.Access;

namespace Pipelines.Web.Tests.Api;

/// <summary>The OpenAPI document is held against the running server.</summary>
public sealed class DocumentTests(TestServer server) : ApiFixture(server)
{
    private static readonly string[] Methods = ["get", "post", "put", "delete"];

    /// <summary>What changes something, in an order in which each finds what it needs.</summary>
    private static readonly string[] Actions =
    [
        "pauseDag", "resumeDag", "startRun", "upgradeRuns", "upgradeRun", "rerunFailed", "forkRun", "noteRun", "noteTask", "markTasks", "clearTasks", "clearRun", "markRun", "restartRun", "cancelRun", "rerun", "sendSignal", "approve", "reject", "undoRun", "retryNotification", "deleteRun",
        "previewBackfill", "setBackfillSpeed", "pauseBackfill", "resumeBackfill", "retryBackfill", "cancelBackfill", "createBackfill", "setPool", "updateAsset", "drainWorker", "resumeWorker",
        "setUser", "setPassword", "linkUser", "createToken", "revokeToken", "closeUser", "setConnection", "deleteConnection", "setVariable", "deleteVariable",
    ];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(3);
        await SampleApi.FillAsync(World, RunIds[0]);
        var made = await World.MakeRunsAsync(Orders, new DateTimeOffset(2026, 3, 2, 3, 0, 0, TimeSpan.Zero), 1, backfill: 1);
        await World.RegisterAsync(World.Chain("orders_daily", "extract", "load") with { Cron = "0 3 * * *", TimeZone = "UTC", Description = "A newer version." });
        await World.ExecuteAsync("update dag_run set state = 'f', started_at = created_at, finished_at = clock_timestamp() where run_id = $1", made[0]);
    }

    [Fact]
    public async Task Every_operation_answers_as_the_document_says()
    {
        var document = await GetAsync("/openapi.json");
        var operations = Operations(document).ToDictionary(operation => (string)operation.Node["operationId"]!);
        Assert.Empty(operations.Where(operation => operation.Value.Method != "get").Select(operation => operation.Key).Except(Actions));
        foreach (var name in operations.Where(operation => operation.Value.Method == "get").Select(operation => operation.Key).Concat(Actions))
            await CallAsync(document, name, operations[name]);
    }

    [Fact]
    public async Task Every_route_of_the_api_is_in_the_document_with_its_role()
    {
        var document = await GetAsync("/openapi.json");
        var written = Operations(document).Select(operation => $"{operation.Method} {operation.Path} {operation.Node["x-needs-role"]}");
        var mapped = Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api", StringComparison.Ordinal) && !endpoint.RoutePattern.RawText.EndsWith("openapi.json", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method =>
                $"{method.ToLowerInvariant()} {endpoint.RoutePattern.RawText!.Replace(":long", "", StringComparison.Ordinal).Replace(":int", "", StringComparison.Ordinal).Replace("**", "", StringComparison.Ordinal)} "
                + $"{endpoint.Metadata.GetMetadata<NeedsRole>()?.Role.ToString().ToLowerInvariant()}"));
        Assert.Equal(mapped.Order(), written.Order());
    }

    [Fact]
    public async Task Everything_is_described_and_has_an_example()
    {
        var document = await GetAsync("/openapi.json");
        Assert.StartsWith("3.1", (string)document["openapi"]!, StringComparison.Ordinal);
        Assert.NotEqual("", (string)document["info"]!["description"]!);
        var bare = new List<string>();
        foreach (var (path, method, operation) in Operations(document))
        {
            if (string.IsNullOrEmpty((string?)operation["summary"]) || string.IsNullOrEmpty((string?)operation["description"]) || operation["tags"] is not JsonArray { Count: 1 })
                bare.Add($"{method} {path}");
            bare.AddRange(Parameters(operation).Where(one => string.IsNullOrEmpty((string?)one["description"]) || one["example"] is null).Select(one => $"{method} {path} {one["name"]}"));
        }

        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            if (string.IsNullOrEmpty((string?)schema!["description"]) || schema["examples"] is not JsonArray { Count: > 0 } examples)
            {
                bare.Add(name);
                continue;
            }

            bare.AddRange(schema["properties"]!.AsObject().Where(one => one.Value!["$ref"] is null && one.Value["oneOf"] is null && one.Value["description"] is null).Select(one => $"{name}.{one.Key}"));
            var check = new SchemaCheck(document);
            check.Check(name, schema, examples[0]);
            bare.AddRange(check.Wrong);
        }

        Assert.Empty(bare);
    }

    private async Task CallAsync(JsonNode document, string name, (string Path, string Method, JsonNode Node) operation)
    {
        var (path, query) = (operation.Path, new List<string>());
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), "");
        foreach (var parameter in Parameters(operation.Node).Where(one => (string)one["name"]! is not ("cursor" or "map")))
        {
            var (key, example) = ((string)parameter["name"]!, Uri.EscapeDataString(parameter["example"]!.ToString()));
            if ((string)parameter["in"]! == "path")
                path = path.Replace($"{{{key}}}", example, StringComparison.Ordinal);
            else if ((string)parameter["in"]! == "query" && !(name == "listRuns" && key == "backfill"))
                query.Add($"{key}={example}");
            else if ((string)parameter["in"]! == "header")
                request.Headers.TryAddWithoutValidation(key, parameter["example"]!.ToString() + (key == "Idempotency-Key" ? name : ""));
        }

        if (operation.Node["requestBody"]?["content"]?["application/json"]?["schema"] is { } wanted)
            request.Content = new StringContent(Followed(document, wanted)["examples"]![0]!.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        request.RequestUri = new Uri(path + (query.Count == 0 ? "" : "?" + string.Join('&', query)), UriKind.Relative);
        using var answer = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var documented = operation.Node["responses"]![status];
        Assert.True(answer.IsSuccessStatusCode && documented is not null, $"{name} {request.RequestUri}: {status} {(answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync())}");
        if (documented!["content"] is not JsonObject contents)
        {
            Assert.Equal("", await answer.Content.ReadAsStringAsync());
            return;
        }

        var (type, content) = Assert.Single(contents);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        if (type != "application/json")
            return;
        var check = new SchemaCheck(document);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        check.Check(name, content!["schema"], body);
        Assert.True(check.Wrong.Count == 0, string.Join('\n', check.Wrong) + "\n" + body);
        // An empty list would prove nothing of its elements.
        Assert.False(name != "listTries" && body!["items"] is JsonArray { Count: 0 }, $"{name} answers with an empty list");
    }

    private static IEnumerable<(string Path, string Method, JsonNode Node)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(one => Methods.Contains(one.Key)).Select(one => (path.Key, one.Key, one.Value!)));

    private static IEnumerable<JsonNode> Parameters(JsonNode operation) => (operation["parameters"] as JsonArray ?? []).Select(one => one!);

    private static JsonNode Followed(JsonNode document, JsonNode schema) =>
        schema["$ref"] is { } reference ? ((string)reference!)[2..].Split('/').Aggregate(document, (node, step) => node[step]!) : schema;
}
