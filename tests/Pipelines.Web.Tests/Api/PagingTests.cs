using System.Net;
using System.Text.Json.Nodes;

namespace Pipelines.Web.Tests.Api;

public sealed class PagingTests(TestServer server) : ApiFixture(server)
{
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await MakeOrdersAsync(23);
    }

    [Theory]
    [InlineData("/runs?")]
    [InlineData("/runs?dag=orders_daily&")]
    [InlineData("/runs?backfill=1&")]
    public async Task Every_run_comes_once_while_others_are_added(string address)
    {
        await World.ExecuteAsync("update dag_run set backfill_id = 1, kind = 'b'");
        var added = 0;
        var seen = await WalkAsync(address, "run", async () =>
        {
            added++;
            await World.MakeRunsAsync(Orders, Day.AddYears(1).AddDays(added), 1);
            await World.MakeRunsAsync(Orders, Day.AddYears(-1).AddDays(added), 1);
        });
        Assert.Equal(seen.Distinct().Count(), seen.Count);
        Assert.Empty(RunIds.Except(seen));
    }

    [Fact]
    public async Task Every_task_instance_comes_once()
    {
        await World.StartRunsAsync();
        await World.ExecuteAsync(
            """
            insert into task_instance(run_id, task_no, map_index, state, trigger_rule, lane_id, priority, unmet)
            select run_id, task_no, i, state, trigger_rule, lane_id, priority, 0 from task_instance cross join generate_series(0, 10) i where run_id = $1 and map_index = -1
            """, RunIds[0]);
        var (seen, cursor) = (new List<string>(), "");
        do
        {
            var page = await GetAsync($"/runs/{RunIds[0]}/tasks?limit=5{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(item => $"{item!["task"]} {item["mapIndex"]}"));
            Assert.True(page["items"]!.AsArray().Count == 5 || page["next"] is null);
            cursor = page["next"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);
        Assert.Equal(24, seen.Count);
        Assert.Equal(24, seen.Distinct().Count());
        Assert.Equal("extract ", seen[0]);
        Assert.Equal(12, (await GetAsync($"/runs/{RunIds[0]}/tasks?task=load"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Every_event_backfill_and_notification_comes_once()
    {
        await World.StartRunsAsync();
        await World.ExecuteAsync(
            """
            insert into event(at, run_id, to_state, why) select '2026-01-01', $1, 'r', format('the %sth', i) from generate_series(1, 12) i;
            """, RunIds[0]);
        await World.ExecuteAsync(
            """
            update event set at = (select created_at from dag_run where run_id = $1) where why like 'the %th';
            """, RunIds[0]);
        await World.ExecuteAsync(
            """
            insert into backfill(dag_no, from_date, to_date, existing, newest_first, max_active, state, total, created_by, finished_at)
            select $1, '2026-03-01', '2026-03-02', 'missing', false, 4, 's', 2, 'cli:ann', clock_timestamp() from generate_series(1, 7) i
            """, Orders.Dag);
        await World.ExecuteAsync(
            """
            insert into notification(channel, what, dag_no, run_id, at, state, due_at)
            select 'ops', 'f', $1, $2, clock_timestamp(), 'w', clock_timestamp() from generate_series(1, 7) i
            """, Orders.Dag, RunIds[0]);
        for (var i = 0; i < 3; i++)
        {
            await World.Operations.PauseAsync("orders_daily", "cli:ann", default);
            await World.Operations.ResumeAsync("orders_daily", "cli:ann", default);
        }

        var events = await WalkAsync($"/runs/{RunIds[0]}/events?", "id", () => Task.CompletedTask);
        Assert.Equal(events.Distinct().Count(), events.Count);
        Assert.True(events.Count >= 12);
        Assert.Equal(7, (await WalkAsync("/backfills?", "backfill", () => Task.CompletedTask)).Distinct().Count());
        Assert.Equal(7, (await WalkAsync("/notifications?", "notification", () => Task.CompletedTask)).Distinct().Count());
        Assert.True((await WalkAsync("/dags/orders_daily/events?", "id", () => Task.CompletedTask)).Distinct().Count() >= 5);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("MQ")]
    [InlineData("...")]
    [InlineData("OTk5OTk5OTk5OTk5OTk5OTk5OS4x")]
    public async Task A_cursor_that_is_none_is_refused(string cursor)
    {
        var (code, detail) = await ProblemAsync(HttpStatusCode.BadRequest, HttpMethod.Get, $"/runs?cursor={cursor}");
        Assert.Equal("bad_request", code);
        Assert.Contains("'cursor'", detail, StringComparison.Ordinal);
    }

    private async Task<List<long>> WalkAsync(string address, string id, Func<Task> between)
    {
        var (seen, cursor) = (new List<long>(), "");
        for (var pages = 0; ; pages++)
        {
            var page = await GetAsync($"{address}limit=4{cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(item => (long)item![id]!));
            if (page["next"] is not JsonValue next)
                return seen;
            Assert.Equal(4, page["items"]!.AsArray().Count);
            Assert.InRange(pages, 0, 100);
            cursor = $"&cursor={next}";
            if (pages < 3)
                await between();
        }
    }
}
