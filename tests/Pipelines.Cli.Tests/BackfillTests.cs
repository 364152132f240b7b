namespace Pipelines.Cli.Tests;

public class BackfillTests(TestServer server) : StoreTests(server)
{
    private static readonly string[] January = ["weather", "--from", "2012-01-01", "--to", "2012-01-31"];

    [Fact]
    public async Task A_preview_says_what_happens_to_each_date_and_writes_nothing()
    {
        await ExistsAsync("2012-01-02", 's');
        await ExistsAsync("2012-01-03", 'f');
        (await CliAsync(["backfill", "preview", .. January])).IsDone("29 runs", "left alone: 1 date, because its run has succeeded", "its run has failed");
        (await CliAsync("backfill", "preview", "weather", "--from", "2012-01-01", "--to", "2012-03-31")).IsDone("89 runs", "2012-01", "2012-03");
        var plan = (await CliAsync(["backfill", "preview", .. January, "--existing", "failed", "-o", "json"])).Json();
        Assert.Equal((30, 29, 1, 1), ((int)plan["total"]!, (int)plan["create"]!, (int)plan["again"]!, (int)plan["leave"]!));
        Assert.Equal(
            """{"scheduledFor":"2012-01-03T00:00:00Z","intervalStart":"2012-01-02T00:00:00Z","intervalEnd":"2012-01-03T00:00:00Z","action":"again","why":"its run has failed"}""",
            plan["dates"]![1]!.ToJsonString());
        Assert.Equal("[]", (await CliAsync("backfill", "list", "-o", "json")).Json().ToJsonString());
    }

    [Fact]
    public async Task A_backfill_is_created_paused_resumed_and_cancelled()
    {
        var created = (await CliAsync(["backfill", "create", .. January, "--max-active", "4", "--newest-first", "-o", "json"])).Json()["backfill"]!;
        var id = (long)created["backfill"]!;
        Assert.Equal(("running", 31, 4, true), ((string?)created["state"], (int)created["total"]!, (int)created["maxActive"]!, (bool)created["newestFirst"]!));
        Assert.Equal(("2012-01-01", "2012-01-31"), ((string?)created["from"], (string?)created["to"]));

        (await CliAsync("backfill", "create", "weather", "--from", "2012-01-31", "--to", "2012-02-02")).IsRefusedAfterPreview($"backfill {id} of 'weather' is open");
        (await CliAsync("backfill", "pause", $"{id}")).IsDone($"Backfill {id} is paused");
        (await CliAsync("backfill", "pause", $"{id}")).IsDone("is paused");
        (await CliAsync("backfill", "list")).IsDone("paused", "0 of 31");
        (await CliAsync("backfill", "resume", $"{id}")).IsDone("goes on");
        (await CliAsync("backfill", "cancel", $"{id}", "--stop-running")).IsDone("is cancelled");
        (await CliAsync("backfill", "resume", $"{id}")).IsRefused($"backfill {id} has ended already (cancelled)");
        (await CliAsync("backfill", "show", "77")).IsRefused($"there is no backfill 77; the newest are: {id}");
        var told = (await CliAsync("dags", "show", "weather", "-o", "json")).Json()["events"]!.AsArray().Select(e => (string?)e!["why"]).ToList();
        Assert.Equal(1, told.Count(why => why == $"backfill {id} paused"));
        Assert.Contains($"backfill {id} created: 2012-01-01 to 2012-01-31, existing runs missing, 31 runs", told);

        Assert.Equal(0, (await CliAsync("backfill", "create", "weather", "--from", "2012-01-31", "--to", "2012-02-02")).Code);
    }

    [Fact]
    public async Task Waiting_ends_with_the_backfill_and_its_verdict()
    {
        var waiting = CliAsync(["backfill", "create", .. January, "--wait"]);
        object? id = null;
        for (var limit = DateTime.UtcNow.AddSeconds(30); id is null or DBNull && DateTime.UtcNow < limit;)
            id = await SqlAsync("select max(backfill_id) from backfill");
        await SqlAsync("update backfill set state = 'f', finished_at = clock_timestamp() where backfill_id = $1", id!);
        var ran = await waiting;
        Assert.Equal(1, ran.Code);
        Assert.Contains($"Backfill {id} ended with failures", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_to_do_creates_nothing()
    {
        await ExistsAsync("2012-01-02", 's');
        (await CliAsync("backfill", "create", "weather", "--from", "2012-01-01", "--to", "2012-01-01")).IsDone("Nothing to do");
        (await CliAsync("backfill", "list")).IsDone("No backfills.");
    }

    private Task<object?> ExistsAsync(string scheduledFor, char state) => SqlAsync(
        "insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, finished_at) "
        + "select dag_no, version_id, 's', $2::text::\"char\", $1::text::timestamp at time zone 'UTC', 'test', now() from dag where dag_id = 'weather'",
        scheduledFor, state.ToString());
}
