using System.Net;
using System.Text.Json.Nodes;

namespace Pipelines.Web.Tests.Api;

public sealed class WhoMayTests(TestServer server) : ApiFixture(server)
{
    private static readonly string[] Methods = ["get", "post", "put", "delete"];
    private static readonly string[] Names = ["viewer", "operator", "admin"];
    private static readonly string[] Theirs = ["dag", "run", "backfill", "notification", "asset"];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(2);
        await SampleApi.FillAsync(World, RunIds[0]);
    }

    [Fact]
    public async Task Each_operation_is_carried_out_for_the_role_that_it_names_and_refused_to_less()
    {
        var document = await GetAsync("/openapi.json");
        var tokens = new[] { await TokenAsync("tester", 'v'), await TokenAsync("tester", 'o'), await TokenAsync("tester", 'a') };
        var wrong = new List<string>();
        foreach (var (path, method, operation) in Operations(document))
        {
            var needed = Array.IndexOf(Names, (string)operation["x-needs-role"]!);
            Assert.True(needed >= 0, path);
            if (await CallAsync(document, path, method, operation, null) != HttpStatusCode.Unauthorized)
                wrong.Add($"{method} {path} as nobody");
            foreach (var (role, token) in tokens.Index())
            {
                // A stream that is let in never ends.
                if (role >= needed && path.EndsWith("/v1/events", StringComparison.Ordinal))
                    continue;
                var status = await CallAsync(document, path, method, operation, token);
                if (role < needed ? status != HttpStatusCode.Forbidden : (int)status is 401 or 403 or >= 500)
                    wrong.Add($"{method} {path} as {Names[role]}: {status}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Each_operation_is_blind_to_dags_that_are_not_seen()
    {
        await World.RegisterAsync(World.Chain("other", "only"));
        await World.SignInAsync("partner", 'o', dags: ["other"]);
        var token = await TokenAsync("partner", 'o');
        var document = await GetAsync("/openapi.json");
        var wrong = new List<string>();
        foreach (var (path, method, operation) in Operations(document).Where(one => !one.Path.EndsWith("/v1/events", StringComparison.Ordinal)))
        {
            var status = await CallAsync(document, path, method, operation, token, text =>
            {
                if (text.Contains("orders_daily", StringComparison.Ordinal))
                    wrong.Add($"{method} {path} tells of orders_daily");
            });
            if (Theirs.Any(name => path.Contains($"{{{name}}}", StringComparison.Ordinal)) && status != HttpStatusCode.NotFound && !(path.Contains("{asset}", StringComparison.Ordinal) && method == "post" && status == HttpStatusCode.Forbidden))
                wrong.Add($"{method} {path}: {status}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
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

    [Fact]
    public async Task Who_sees_one_dag_is_not_told_of_hidden_runs_that_its_runs_started_or_were_started_by()
    {
        var other = await World.RegisterAsync(World.Chain("other", "only"));
        var hidden = await World.MakeRunsAsync(other, Day, 2);
        foreach (var (parent, child) in new[] { (RunIds[0], hidden[0]), (hidden[1], RunIds[1]) })
            await World.ExecuteAsync("update dag_run set parent_run = $1, parent_task = 0, parent_map = -1, parent_epoch = 0 where run_id = $2", parent, child);
        Assert.Single((await GetAsync($"/runs/{RunIds[0]}"))["children"]!.AsArray());
        Assert.NotNull((await GetAsync($"/runs/{RunIds[1]}"))["parent"]);
        await World.SignInAsync("partner", 'o', dags: ["orders_daily"]);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("partner", 'o'));
        Assert.Empty((await GetAsync($"/runs/{RunIds[0]}"))["children"]!.AsArray());
        Assert.Null((await GetAsync($"/runs/{RunIds[1]}"))["parent"]);

        var more = await World.MakeRunsAsync(other, Day.AddDays(5), 6);
        var own = await World.MakeRunsAsync(Orders, Day.AddDays(20), 1);
        await World.ExecuteAsync(
            "update dag_run set parent_run = $1, parent_task = 0, parent_map = -1, parent_epoch = 0, parent_name = run_id::text, parent_close = 'c' where run_id = any($2)", RunIds[0], (long[])[.. more, .. own]);
        using var browser = Client(await World.SignInAsync("partner", 'o', dags: ["orders_daily"]));
        var page = Parse(await browser.GetStringAsync(new Uri($"/runs/{RunIds[0]}?do=cancel", UriKind.Relative))).Value;
        Assert.Contains($"run {own[0]} of orders_daily", page, StringComparison.Ordinal);
        Assert.DoesNotContain("and 3 more", page, StringComparison.Ordinal);
        Assert.Contains("7 open runs that it has started and waits for are cancelled with it", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_sees_one_dag_is_not_told_of_hidden_runs_that_its_tasks_wait_for()
    {
        var hidden = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("other", "only")), Day, 1))[0];
        await World.ExecuteAsync("insert into wait(run_id, task_no, map_index, dag_id, child_run, fails, soft) values ($1, 0, -1, 'other', $2, false, false)", RunIds[0], hidden);
        var waiting = (await GetAsync($"/runs/{RunIds[0]}/tasks/extract/waiting"))["wait"]!;
        Assert.Equal((false, hidden), ((bool)waiting["hidden"]!, (long)waiting["runs"]![0]!["run"]!));
        Assert.Equal($"run {hidden} of other", await ForAsync());
        await World.SignInAsync("partner", 'o', dags: ["orders_daily"]);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("partner", 'o'));
        waiting = (await GetAsync($"/runs/{RunIds[0]}/tasks/extract/waiting"))["wait"]!;
        Assert.True((bool)waiting["hidden"]!);
        Assert.Empty(waiting["runs"]!.AsArray());
        Assert.Equal("other", await ForAsync());

        async Task<string?> ForAsync() => (string?)(await GetAsync("/queue"))["waiting"]!.AsArray().Single(row => (string)row!["until"]! == "dag")!["for"];
    }

    [Fact]
    public async Task Who_sees_one_dag_is_not_told_of_hidden_runs_whose_assets_started_its_runs()
    {
        var hidden = (await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("other", "only")), Day, 1))[0];
        await World.ExecuteAsync(
            """
            with made as (
              insert into asset_update(asset_no, at, run_id, task_no, actor) select asset_no, clock_timestamp(), r, case when r is null then null else 0 end, case when r is null then 'cli:ann' end
              from asset cross join unnest(array[$2, null]::bigint[]) r where name = 'orders' returning update_id),
            taken as (insert into asset_delivery select dag_no, asset_no, update_id, $1 from made cross join asset cross join dag where dag_id = 'orders_daily' and name = 'orders')
            update dag_run set kind = 'a' where run_id = $1
            """, RunIds[0], hidden);
        Assert.Equal(["other", null], await DagsAsync());
        await World.SignInAsync("partner", 'o', dags: ["orders_daily"]);
        Http.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync("partner", 'o'));
        Assert.Equal([null], await DagsAsync());
        Assert.DoesNotContain($"run {hidden}", (await Http.GetStringAsync(new Uri($"/runs/{RunIds[0]}?tab=arguments", UriKind.Relative))), StringComparison.Ordinal);

        async Task<IEnumerable<string?>> DagsAsync() => (await GetAsync($"/runs/{RunIds[0]}"))["updates"]!.AsArray().Select(update => (string?)update!["dag"]);
    }

    private static IEnumerable<(string Path, string Method, JsonNode Node)> Operations(JsonNode document) =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(one => Methods.Contains(one.Key)).Select(one => (path.Key, one.Key, one.Value!)));

    /// <param name="document">The OpenAPI document.</param>
    /// <param name="path">Of the operation.</param>
    /// <param name="method">Of the operation.</param>
    /// <param name="operation">Called with its examples.</param>
    /// <param name="token">Whose; null: nobody's.</param>
    /// <param name="told">Gets the answer, when it is one.</param>
    private async Task<HttpStatusCode> CallAsync(JsonNode document, string path, string method, JsonNode operation, string? token, Action<string>? told = null)
    {
        foreach (var parameter in (operation["parameters"] as JsonArray ?? []).Where(one => (string)one!["in"]! == "path"))
            path = path.Replace($"{{{parameter!["name"]}}}", parameter["example"]!.ToString(), StringComparison.Ordinal);
        if (path.EndsWith("tick-runs", StringComparison.Ordinal))
            path += "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
        if (path.EndsWith("/search", StringComparison.Ordinal))
            path += "?q=orders";
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (operation["requestBody"]?["content"]?["application/json"]?["schema"]?["$ref"] is { } schema)
            request.Content = new StringContent(document["components"]!["schemas"]![((string)schema!).Split('/')[^1]]!["examples"]![0]!.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var caller = Client(null);
        if (token is not null)
            caller.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        else if (told is not null)
            told(await answer.Content.ReadAsStringAsync());
        return answer.StatusCode;
    }
}
