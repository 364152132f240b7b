namespace Pipelines.Web.Tests;

/// <summary>What a monitoring system reads.</summary>
public sealed class MetricsTests(TestServer server) : ConsoleFixture(server)
{
    [Fact]
    public async Task Gauges_are_those_of_now_and_counters_count_what_happened_between_two_looks()
    {
        var dag = await World.RegisterAsync(World.Chain("orders\"a\\b", "extract", "load"));
        await World.MakeRunsAsync(dag, new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 3);
        await World.StartRunsAsync();
        await World.ExecuteAsync("insert into pool(name, slots) values ('warehouse', 2)");
        var first = await LookAsync();
        Assert.Equal("3", first["""pipelines_runs_open{dag="orders\"a\\b",state="running"}"""]);
        Assert.Equal("3", first["""pipelines_queue_depth{queue="default"}"""]);
        Assert.Equal("2", first["""pipelines_pool_slots{pool="warehouse"}"""]);
        Assert.Equal("0", first["pipelines_task_starts_total"]);

        var worker = await World.WorkerAsync();
        var got = await World.AdvanceAsync(worker, 3);
        await World.AdvanceAsync(worker, 0, (got[0].Key, got[0].Attempt, 's', null, null), (got[1].Key, got[1].Attempt, 'f', "boom", null), (got[2].Key, got[2].Attempt, 'y', "boom", null));
        var second = await LookAsync();
        Assert.Equal("1", second["""pipelines_queue_depth{queue="default"}"""]);
        Assert.Equal("1", second["pipelines_workers"]);
        var third = await LookAsync();
        Assert.Equal(("3", "1", "1", "1"), (third["pipelines_task_starts_total"], third["pipelines_task_successes_total"], third["pipelines_task_failures_total"], third["pipelines_task_retries_total"]));
        Assert.Equal("3", (await LookAsync())["pipelines_task_starts_total"]);
    }

    [Fact]
    public async Task An_attempt_that_is_lost_is_counted_and_who_sees_some_dags_gets_no_series_of_others()
    {
        await World.MakeRunsAsync(await World.RegisterAsync(World.Chain("secret", "load")), new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), 1);
        await World.StartRunsAsync();
        var worker = await World.WorkerAsync();
        await World.AdvanceAsync(worker, 1);
        await LookAsync();
        await World.ExecuteAsync("select reclaim($1)", worker);
        await LookAsync();
        Assert.Equal("1", (await LookAsync())["pipelines_lease_expired_total"]);
        using var ann = Client(await World.SignInAsync("ann", 'v', ["sales"]));
        Assert.DoesNotContain("secret", await ann.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        using var nobody = Client(null);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await nobody.GetAsync(new Uri("/metrics", UriKind.Relative))).StatusCode);
    }

    private async Task<Dictionary<string, string>> LookAsync()
    {
        using var answer = await Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^(# (HELP|TYPE) pipelines_|pipelines_[a-z_]+({.*})? [0-9.E+-]+$)", line));
        return lines.Where(line => line[0] != '#').ToDictionary(line => line[..line.LastIndexOf(' ')], line => line[(line.LastIndexOf(' ') + 1)..]);
    }
}
