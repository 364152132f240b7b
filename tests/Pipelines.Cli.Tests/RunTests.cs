namespace Pipelines.Cli.Tests;

public class RunTests(TestServer server) : StoreTests(server)
{
    [Fact]
    public async Task A_run_is_started_with_arguments_and_cancelled_and_its_history_says_by_whom()
    {
        var started = (await CliAsync("runs", "start", "report", "--arg", "days=3", "--arg", "name=7", "-o", "json")).Json();
        var run = (long)started["run"]!;
        Assert.Equal(("report", "manual", "queued"), ((string?)started["dag"], (string?)started["kind"], (string?)started["state"]));
        Assert.Null(started["intervalStart"]);
        var shown = (await CliAsync("runs", "show", $"{run}", "-o", "json")).Json();
        Assert.Equal("""{"days":3,"name":"7"}""", shown["arguments"]!.ToJsonString());

        (await CliAsync("runs", "start", "report", "--arguments", """{"name": "a\u0000b"}""")).IsRefused("what was sent cannot be stored");
        (await CliAsync("runs", "start", "report", "--arguments", """{"name": "a\ud800b"}""")).IsRefused("in a text half of a character stands alone");

        (await CliAsync("runs", "cancel", $"{run}")).IsDone($"Run {run} is cancelled");
        (await CliAsync("runs", "cancel", $"{run}")).IsRefused($"run {run} has ended already (cancelled)");
        var history = (await CliAsync("runs", "history", $"{run}", "-o", "json")).Json().AsArray();
        Assert.All(history, e => Assert.Equal(Me, (string?)e!["actor"]));
        Assert.Equal("started by hand", (string?)history[0]!["why"]);
        Assert.Equal("cancelled", (string?)history[^1]!["to"]);
        Assert.EndsWith("Z", (string?)history[0]!["at"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cleared_task_runs_again_with_what_is_below_it()
    {
        var run = (long)(await CliAsync("runs", "start", "weather", "-o", "json")).Json()["run"]!;
        (await CliAsync("tasks", "clear", $"{run}", "extract")).IsRefused($"Run {run} has not started");
        await SqlAsync("select start_runs(10)");
        (await CliAsync("runs", "cancel", $"{run}")).IsDone("is cancelled");
        (await CliAsync("tasks", "clear", $"{run}", "extract", "--map", "3")).IsRefused("has no element 3");
        (await CliAsync("tasks", "clear", $"{run}", "nothing")).IsRefused("nothing");
        (await CliAsync("tasks", "clear", $"{run}", "extract")).IsDone($"of run {run}: extract, ");
        (await CliAsync("runs", "list", "--state", "running")).IsDone($"{run}");
        var one = (await CliAsync("tasks", "clear", $"{run}", "extract", "--only", "-o", "json")).Json();
        Assert.Equal((1, """["extract"]"""), ((int)one["cleared"]!, one["tasks"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_run_of_a_scheduled_dag_stands_for_the_last_complete_interval()
    {
        var run = (await CliAsync("runs", "start", "weather", "-o", "json")).Json();
        Assert.Equal(("2015-12-31T00:00:00Z", "2016-01-01T00:00:00Z"), ((string?)run["intervalStart"], (string?)run["intervalEnd"]));
        var given = (await CliAsync("runs", "start", "weather", "--interval-start", "2013-05-01", "--interval-end", "2013-05-02T12:00", "-o", "json")).Json();
        Assert.Equal(("2013-05-01T00:00:00Z", "2013-05-02T12:00:00Z"), ((string?)given["intervalStart"], (string?)given["intervalEnd"]));
    }

    [Fact]
    public async Task Waiting_for_a_run_gives_its_verdict_as_exit_code()
    {
        var waiting = CliAsync("runs", "start", "plain", "--wait");
        object? run = null;
        for (var limit = DateTime.UtcNow.AddSeconds(30); run is null or DBNull && DateTime.UtcNow < limit;)
            run = await SqlAsync("select max(run_id) from dag_run");
        await CliAsync("runs", "cancel", $"{run}");
        var ran = await waiting;
        Assert.Equal(1, ran.Code);
        Assert.Contains($"Run {run} cancelled", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_and_tables()
    {
        var run = await RunAsync();
        var rows = (await CliAsync("runs", "list", "--dag", "report", "--state", "queued", "-o", "json")).Json().AsArray();
        Assert.Equal(run, (long)Assert.Single(rows)!["run"]!);
        (await CliAsync("runs", "list")).IsDone("Run", "Scheduled for", "report", "queued");
        (await CliAsync("runs", "list", "--state", "failed")).IsDone("No runs.");
        Assert.Equal("[]", (await CliAsync("runs", "list", "--state", "failed", "-o", "json")).Json().ToJsonString());
        (await CliAsync("dags", "list")).IsDone("weather", "0 0 * * * (UTC)", "by hand", $"{run} queued");
        (await CliAsync("dags", "show", "weather")).IsDone("from 2012-01-01 to 2016-01-01", "extract", "warehouse");
        (await CliAsync("dags", "next", "weather")).IsDone("has ended (2016-01-01)");
        (await CliAsync("dags", "errors")).IsDone("Everything is loaded.");
        (await CliAsync("workers", "list")).IsDone("no workers");
        (await CliAsync("pools", "set", "warehouse", "--slots", "3")).IsDone("3 slots");
        var pool = (await CliAsync("pools", "list", "-o", "json")).Json()[0]!;
        Assert.Equal("""{"pool":"warehouse","slots":3,"used":0,"waiting":0}""", pool.ToJsonString());
    }

    [Fact]
    public async Task Pausing_is_recorded_once_and_holds_runs()
    {
        (await CliAsync("dags", "pause", "report")).IsDone("report is paused");
        (await CliAsync("dags", "pause", "report")).IsDone("report is paused");
        (await CliAsync("runs", "start", "report")).IsDone("The DAG is paused");
        var run = await RunAsync();
        await StartRunsAsync();
        (await CliAsync("tasks", "why", $"{run}", "make")).IsDone("make of run", "the DAG is paused: `pipelines dags resume report`");
        (await CliAsync("dags", "resume", "report")).IsDone("report is active");
        var shown = (await CliAsync("dags", "show", "report", "-o", "json")).Json();
        Assert.Equal(1, shown["events"]!.AsArray().Count(e => (string?)e!["why"] == "paused"));
        Assert.False((bool)shown["paused"]!);
    }

    [Fact]
    public async Task Why_names_what_a_task_waits_for()
    {
        var (first, second) = (await RunAsync(), await RunAsync());
        await StartRunsAsync();
        (await CliAsync("tasks", "why", $"{second}", "make")).IsDone("1 of at most 1 runs of the DAG are active", $": {first}");
        (await CliAsync("tasks", "why", $"{first}", "send")).IsDone("it waits for 'make', which is queued");
        (await CliAsync("tasks", "why", $"{first}", "make")).IsDone("no worker that is alive serves the queue 'special'");

        await SqlAsync("select register_worker('w1', '{special,default}', 1, 600)");
        await SqlAsync("select count(*) from claim(1, '{special}', '{}', 1)");
        (await CliAsync("tasks", "why", $"{first}", "make")).IsDone("attempt 1 runs on w1 since");

        var weather = await RunAsync("weather");
        await StartRunsAsync();
        await SqlAsync("update task_instance set state = 's' where run_id = $1 and task_no = 0", weather);
        await SqlAsync("update task_instance set state = 'q', queued_at = now() where run_id = $1 and task_no = 1", weather);
        await CliAsync("pools", "set", "warehouse", "--slots", "0");
        var why = (await CliAsync("tasks", "why", $"{weather}", "load", "-o", "json")).Json();
        Assert.Equal("queued", (string?)why["state"]);
        Assert.Contains("the pool 'warehouse' is full: 0 of 0 slots taken", why["why"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_names_the_limit_that_holds_a_task_and_who_has_its_place()
    {
        await SqlAsync("insert into task_limit(name, at_once) values ('api', 1)");
        await SqlAsync("insert into lane(queue, goes_to) select 'special', lane_id from lane where queue = 'special'");
        await SqlAsync("insert into limit_of_task(version_id, task_no, limit_no) select version_id, 0, 1 from dag_task t join lane l using (lane_id) where l.queue = 'special' and task_no = 0");
        await SqlAsync("update dag_task set lane_id = (select lane_id from lane where goes_to is not null) where lane_id = (select goes_to from lane where goes_to is not null)");
        await SqlAsync("update dag_version set max_active_runs = 9");
        var (first, second) = (await RunAsync(), await RunAsync());
        await StartRunsAsync();
        await SqlAsync("select admit(10)");
        (await CliAsync("tasks", "why", $"{second}", "make")).IsDone("the limit 'api' lets 1 run at once, and so many do: make of run", $"{first}");
        (await CliAsync("limits", "list")).IsDone("api", "1 at once");
        var limit = (await CliAsync("limits", "list", "-o", "json")).Json()[0]!;
        Assert.Equal((1, 1), ((int)limit["active"]!, (int)limit["waiting"]!));
    }

    [Fact]
    public async Task A_log_is_printed_from_any_end()
    {
        var run = await RunAsync();
        await StartRunsAsync();
        await SqlAsync("select register_worker('w1', '{special}', 1, 600)");
        await SqlAsync("select count(*) from claim(1, '{special}', '{}', 1)");
        await SqlAsync(
            "insert into log_chunk select now(), $1, 0, -1, 1, 1, 3, 1, 0, convert_to(E'1000000\\tI\\tone\\n2000000\\tW\\ttwo\\n3000000\\tI\\tthree\\n', 'UTF8')", run);
        (await CliAsync("tasks", "log", $"{run}", "make")).IsDone("00:00:01.000 I one\n", "00:00:02.000 W two\n", "three");
        var tail = (await CliAsync("tasks", "log", $"{run}", "make", "--tail", "1", "-o", "json")).Json();
        Assert.Equal("""[{"number":3,"at":"1970-01-01T00:00:03Z","level":"information","text":"three"}]""", tail.ToJsonString());
        (await CliAsync("tasks", "log", $"{run}", "make", "--attempt", "2")).IsRefused("there is no attempt 2; the latest is 1");
        var following = CliAsync("tasks", "log", $"{run}", "make", "--follow");
        await SqlAsync("insert into event(at, run_id, task_no, map_index, attempt, from_state, to_state) values (clock_timestamp(), $1, 0, -1, 1, 'r', 's')", run);
        (await following).IsDone("three");
    }
}
