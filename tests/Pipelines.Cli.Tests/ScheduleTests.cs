using Pipelines.Postgres;

namespace Pipelines.Cli.Tests;

/// <summary>What the commands say of schedules of every kind, and of a pause before it is made or ended.</summary>
public class ScheduleTests(TestServer server) : StoreTests(server)
{
    [Theory]
    [InlineData("cron", """{"kind":"Cron","crons":["@hourly","30 12 * * *"]}""", "@hourly and 30 12 * * * (Europe/Kyiv)")]
    [InlineData("every", """{"kind":"Every","span":"00:15:00"}""", "every 15 min")]
    [InlineData("at", """{"kind":"At","moments":["2026-01-01","2031-01-01"]}""", "at 2 instants, 2026-01-01 to 2031-01-01 (Europe/Kyiv)")]
    [InlineData("custom", """{"kind":"Custom","type":"Sales.BusinessDays"}""", "custom: Sales.BusinessDays (Europe/Kyiv)")]
    [InlineData("once", """{"kind":"Once"}""", "once, when first seen")]
    [InlineData("continuous", """{"kind":"Continuous","span":"00:00:30"}""", "continuously, 30 s between runs")]
    public async Task Every_kind_is_said_in_one_phrase_everywhere(string id, string schedule, string phrase)
    {
        await RegisterAsync(id, schedule);
        (await CliAsync("dags", "list")).IsDone(phrase);
        (await CliAsync("dags", "show", id)).IsDone(phrase, "catchup all");
        var row = (await CliAsync("dags", "list", "-o", "json")).Json().AsArray().Single(dag => (string?)dag!["dag"] == id)!;
        Assert.Equal((phrase, "Europe/Kyiv"), ((string?)row["schedule"], (string?)row["timeZone"]));
        Assert.Equal(phrase, (string?)(await CliAsync("dags", "show", id, "-o", "json")).Json()["schedule"]);
    }

    [Fact]
    public async Task Next_lists_ticks_from_any_moment_in_both_zones_with_what_the_clocks_do()
    {
        await RegisterAsync("nightly", """{"kind":"Cron","crons":["30 3 * * *"]}""");
        (await CliAsync("dags", "next", "nightly", "--from", "2026-03-28", "--count", "3")).IsDone(
            "2026-03-28 03:30 +02", "2026-03-28 01:30 +00", "moved here: the clocks skip 03:00 to 04:00");
        (await CliAsync("cron", "next", "0 12 * * *", "--zone", "Europe/Kyiv", "--from", "2026-03-28T12:00", "--count", "1")).IsDone("the clocks go forward 1 h in this interval");
        (await CliAsync("dags", "next", "nightly", "--from", "2026-10-24T12:00", "--count", "1")).IsDone("the clocks show 03:30 twice; this is the first");
        (await CliAsync("dags", "next", "nightly", "--from", "soon")).IsRefused("--from 'soon' is not a moment");

        await RegisterAsync("often", """{"kind":"Every","span":"06:00:00","moments":["2026-01-01"]}""");
        var ticks = (await CliAsync("dags", "next", "often", "--from", "2026-10-24T12:00", "--count", "2", "-o", "json")).Json().AsArray();
        Assert.Equal(["2026-10-24T10:00:00Z", "2026-10-24T16:00:00Z"], ticks.Select(tick => (string?)tick!["scheduledFor"]));
    }

    [Fact]
    public async Task Next_of_what_has_no_ticks_says_when_it_runs()
    {
        await RegisterAsync("loop", """{"kind":"Continuous","span":"00:00:30"}""");
        (await CliAsync("dags", "next", "loop")).IsDone("loop runs continuously, 30 s between runs: its next run is made at once.");
        await RegisterAsync("single", """{"kind":"Once","moments":["2031-01-01T00:00Z"]}""");
        await SqlAsync("update dag set next_due = '2031-01-01Z' where dag_id = 'single'");
        (await CliAsync("dags", "next", "single")).IsDone("its next run is due 2031-01-01 00:00:00Z");
        (await CliAsync("backfill", "preview", "loop", "--from", "2026-01-01", "--to", "2026-01-02")).IsRefused("'loop' runs continuously, 30 s between runs and has no intervals");
        (await CliAsync("backfill", "preview", "single", "--from", "2026-01-01", "--to", "2026-01-02")).IsRefused("has no intervals; there are no dates to backfill");
    }

    [Theory]
    [InlineData("All", "3 ticks have passed, and by Catchup.All 3 runs are made, the first scheduled for", 3)]
    [InlineData("Latest", "3 ticks have passed, and by Catchup.Latest 1 run is made, scheduled for", 1)]
    [InlineData("None", "3 ticks have passed, and by Catchup.None none gets a run; `pipelines backfill create` makes them", 0)]
    public async Task A_resume_says_first_what_it_makes_and_a_dry_run_stops_there(string catchup, string says, int makes)
    {
        await RegisterAsync("hourly", """{"kind":"Every","span":"01:00:00"}""", catchup);
        (await CliAsync("dags", "pause", "hourly", "--dry-run")).IsDone("Nothing was changed.");
        Assert.Equal(false, await SqlAsync("select paused from dag where dag_id = 'hourly'"));
        (await CliAsync("dags", "pause", "hourly")).IsDone("hourly is paused");
        // Three hours ago and a little more: whatever minute it is, the last tick was not just now.
        await SqlAsync("update dag set last_tick = clock_timestamp() - interval '3 hours', next_due = clock_timestamp() - interval '2 hours' where dag_id = 'hourly'");
        await SqlAsync("update dag_version set spec = jsonb_set(spec, '{schedule,moments}', to_jsonb(array[to_char((clock_timestamp() - interval '5 minutes') at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"')])) where spec ->> 'id' = 'hourly'");
        (await CliAsync("dags", "resume", "hourly", "--dry-run")).IsDone("If hourly is resumed now: ", says, "Nothing was changed.");
        Assert.Equal(true, await SqlAsync("select paused from dag where dag_id = 'hourly'"));
        var view = (await CliAsync("dags", "resume", "hourly", "-o", "json")).Json();
        Assert.Equal((false, 3, makes), ((bool)view["paused"]!, (int)view["resume"]!["missed"]!, (int)view["resume"]!["make"]!));
        Assert.Equal(false, await SqlAsync("select paused from dag where dag_id = 'hourly'"));
    }

    [Fact]
    public async Task Code_that_cannot_be_loaded_here_is_one_line()
    {
        await RegisterAsync("custom", """{"kind":"Custom","type":"Sales.BusinessDays"}""");
        (await CliAsync("dags", "next", "custom", "--home", Directory.CreateTempSubdirectory("pipelines-cli-").FullName)).IsRefused("the schedule is code of the DAG's assembly, which cannot be loaded here");
    }

    private async Task RegisterAsync(string id, string schedule, string catchup = "All")
    {
        var spec = $$"""{"id":"{{id}}","type":"T","schedule":{{schedule}},"timeZone":"Europe/Kyiv","catchup":"{{catchup}}","maxActiveRuns":1,"tasks":[{"id":"only","upstreams":[],"triggerRule":"AllSuccess","priority":0,"queue":"default"}]}""";
        await SqlAsync("select version_id from register_version('test/' || ($1::jsonb ->> 'id'), 'b', md5($1), $1::jsonb)", spec);
        await SqlAsync("select plan_schedule(dag_no, version_id, 'k', 'k', null, null, null) from dag where dag_id = $1", id);
    }
}
