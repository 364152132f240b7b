namespace Pipelines.Cli.Tests;

/// <summary>What people do to runs and tasks by hand, with who did it and why in the history.</summary>
public class ControlTests(TestServer server) : StoreTests(server)
{
    [Fact]
    public async Task A_task_is_marked_and_the_history_says_by_whom_and_why()
    {
        var run = await RunAsync();
        (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "succeeded")).IsRefused($"Run {run} has not started");
        await StartRunsAsync();
        (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "done")).IsRefused("a task cannot be marked 'done'; write one of: succeeded, failed, skipped");
        (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "succeded")).IsRefused("Did you mean 'succeeded'?");
        (await CliAsync("tasks", "mark", $"{run}", "mak", "--state", "failed")).IsRefused("there is no task 'mak'", "'make'");
        (await CliAsync("tasks", "mark", $"{run}", "make", "--map", "2", "--state", "failed")).IsRefused("has no element 2");
        (await CliAsync("tasks", "mark", "99", "make", "--state", "failed")).IsRefused("there is no run 99");
        (await CliAsync("approvals", "show", $"{run}", "make", "--map", "2")).IsRefused($"pipelines tasks why {run} make --map 2");
        (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "failed", "--why", "the file is late")).IsDone("Marked 1 task instance", "The run has failed");
        (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "failed")).IsDone("Nothing changed");
        (await CliAsync("tasks", "why", $"{run}", "make")).IsDone($"by {Me}: marked failed: the file is late");
        var marked = (await CliAsync("tasks", "mark", $"{run}", "make", "--state", "succeeded", "-o", "json")).Json();
        Assert.Equal("""{"marked":1,"runState":"running"}""", $$"""{"marked":{{marked["marked"]}},"runState":"{{marked["runState"]}}"}""");
        (await CliAsync("tasks", "mark", $"{run}", "make", "--downstream", "--state", "skipped")).IsDone("Marked 2 task instances", "make, send");
    }

    [Fact]
    public async Task A_run_is_marked_cleared_and_repeated_from_a_task()
    {
        var run = await RunAsync();
        await StartRunsAsync();
        (await CliAsync("runs", "mark", $"{run}", "--state", "skipped")).IsRefused("a run cannot be marked 'skipped'; write one of: succeeded, failed");
        (await CliAsync("runs", "mark", "99", "--state", "failed")).IsRefused("there is no run 99");
        (await CliAsync("runs", "mark", $"{run}", "--state", "succeeded", "--why", "not needed")).IsDone($"Run {run} is marked succeeded");
        (await CliAsync("runs", "mark", $"{run}", "--state", "succeeded")).IsDone("Nothing changed");
        (await CliAsync("runs", "clear", $"{run}", "--dry-run")).IsDone("Would clear 2 task instances", "make", "succeeded");
        var again = (await CliAsync("runs", "rerun", $"{run}", "--from", "send", "-o", "json")).Json();
        Assert.Equal(("manual", "queued"), ((string?)again["kind"], (string?)again["state"]));
        (await CliAsync("runs", "rerun", $"{run}", "--from", "sent")).IsRefused("there is no task 'sent'", "'send'");
        (await CliAsync("runs", "fork", $"{run}", "--from", "send", "--dry-run")).IsDone("A run would be made on version", "task to run: send");
        var fork = (long)(await CliAsync("runs", "fork", $"{run}", "--from", "send", "--reuse-steps", "-o", "json")).Json()["run"]!;
        (await CliAsync("runs", "show", $"{fork}")).IsDone($"what run {run} came to");
        (await CliAsync("runs", "show", $"{run}")).IsDone($"run {fork}, run {(long)again["run"]!}");
        (await CliAsync("runs", "fork", $"{run}", "--from", "send", "--version", "7")).IsRefused("--version cannot be '7'; write original or current");
        (await CliAsync("runs", "fork", $"{run}", "--from", "send", "--arg", "nope=3")).IsRefused("nope");
        (await CliAsync("runs", "fork", $"{run}", "--from", "send", "--from-step", "pay")).IsRefused("has done no step 'pay'");
        (await CliAsync("runs", "rerun", $"{(long)again["run"]!}", "--from", "send")).IsRefused("has not started");
        await StartRunsAsync();
        var shown = (await CliAsync("runs", "show", $"{again["run"]}", "-o", "json")).Json();
        Assert.Equal((run, "succeeded", "queued"), ((long)shown["takenFrom"]!, (string?)shown["tasks"]![0]!["state"], (string?)shown["tasks"]![1]!["state"]));
        (await CliAsync("runs", "clear", $"{run}", "--why", "once more")).IsDone($"Run {run} is queued to run again");
        (await CliAsync("runs", "clear", $"{run}")).IsRefused($"run {run} is queued");
        (await CliAsync("runs", "history", $"{run}")).IsDone("cleared: once more", "marked succeeded: not needed");
    }

    [Fact]
    public async Task Open_runs_are_moved_to_another_version_after_a_look()
    {
        var run = await RunAsync();
        await StartRunsAsync();
        (await CliAsync("runs", "upgrade")).IsRefused("say one run, or --dag");
        (await CliAsync("runs", "upgrade", "99")).IsRefused("there is no run 99");
        (await CliAsync("runs", "upgrade", "--dag", "nope")).IsRefused("nope");
        (await CliAsync("runs", "upgrade", "--dag", "report")).IsDone("there is nothing to move");
        (await CliAsync("runs", "upgrade", $"{run}", "--to", "99")).IsRefused("has no version 99");
        await SqlAsync(
            "select version_id from register_version('test/report', 'b', 'next', $1::jsonb)",
            Dags.Report.Replace("""{"id":"send",""", """{"id":"check","upstreams":[],"triggerRule":"AllSuccess","priority":0,"queue":"default"},{"id":"send",""", StringComparison.Ordinal));
        (await CliAsync("runs", "upgrade", "--dag", "report", "--dry-run")).IsDone($"Run {run} would go from version", "adds check", "1 run of 1 can be moved. Nothing was changed");
        var moved = (await CliAsync("runs", "upgrade", $"{run}", "--why", "one step more", "-o", "json")).Json();
        Assert.Equal("check", (string?)moved["runs"]![0]!["added"]![0]);
        (await CliAsync("runs", "upgrade", $"{run}")).IsRefused("already");
        (await CliAsync("runs", "history", $"{run}")).IsDone("graph changed from version", "one step more");
        (await CliAsync("runs", "show", $"{run}")).IsDone("check");
        await CliAsync("tasks", "mark", $"{run}", "make", "--state", "succeeded");
        await SqlAsync(
            "select version_id from register_version('test/report', 'b', 'before', $1::jsonb)",
            Dags.Report.Replace("""{"id":"make","upstreams":[],""", """{"id":"before","upstreams":[],"triggerRule":"AllSuccess","priority":0,"queue":"default"},{"id":"make","upstreams":[{"task":"before"}],""", StringComparison.Ordinal));
        var refused = await CliAsync("runs", "upgrade", "--dag", "report");
        Assert.Equal(1, refused.Code);
        Assert.Contains($"Run {run} stays on version", refused.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_runs_go_on_together_after_a_look()
    {
        var runs = new[] { await RunAsync("plain"), await RunAsync("plain"), await RunAsync("plain") };
        await StartRunsAsync();
        foreach (var run in runs[..2])
            await CliAsync("tasks", "mark", $"{run}", "only", "--state", "failed");
        (await CliAsync("runs", "rerun")).IsRefused("say one run, or --dag");
        (await CliAsync("runs", "rerun", $"{runs[0]}")).IsRefused("say with --from");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--state", "succeeded")).IsRefused("--state cannot be 'succeeded'");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--since", "yesterday")).IsRefused("--since 'yesterday' is not a moment");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--from", "nothing")).IsRefused("there is no task 'nothing'");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--since", "2999-01-01")).IsDone("No run of plain has failed since 2999-01-01");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--state", "failed", "--since", "2020-01-01", "--dry-run")).IsDone(
            $"Run {runs[0]} would run 1 task instance again: only", "2 runs of 2 can go on. Nothing was changed");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--from", "only", "--dry-run")).IsDone($"Of run {runs[1]} a new one would be made that begins at only");
        (await CliAsync("runs", "rerun", "--dag", "plain", "--why", "the disk is there again")).IsDone($"Run {runs[1]} runs 1 task instance again: only", "2 runs of 2 go on");
        (await CliAsync("runs", "history", $"{runs[0]}")).IsDone("the disk is there again");
        await CliAsync("tasks", "mark", $"{runs[0]}", "only", "--state", "failed");
        var made = (await CliAsync("runs", "rerun", "--dag", "plain", "--from", "only", "-o", "json")).Json();
        Assert.True((long)made["runs"]![0]!["made"]! > runs[2]);
        (await CliAsync("runs", "rerun", "--dag", "plain", "--from", "only")).IsDone("No run of plain has failed that no other run was made of.");
        await CliAsync("tasks", "mark", $"{runs[1]}", "only", "--state", "failed");
        await SqlAsync("update dag set retired_at = now() where dag_id = 'plain'");
        var refused = await CliAsync("runs", "rerun", "--dag", "plain", "--from", "only", "--dry-run");
        Assert.Equal(1, refused.Code);
        Assert.Contains($"Run {runs[1]} is left alone: the DAG 'plain' is retired", refused.Out, StringComparison.Ordinal);
        Assert.Contains("0 runs of 1 can go on. Nothing was changed", refused.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clearing_reaches_other_runs_and_can_be_looked_at_before()
    {
        var runs = new[] { await RunAsync("plain"), await RunAsync("plain"), await RunAsync("plain"), await RunAsync("plain") };
        await StartRunsAsync();
        foreach (var run in runs[..3])
            await CliAsync("tasks", "mark", $"{run}", "only", "--state", "failed");
        await CliAsync("runs", "mark", $"{runs[0]}", "--state", "succeeded");
        (await CliAsync("tasks", "clear", $"{runs[1]}", "only", "--past", "--future", "--only-failed", "--dry-run")).IsDone(
            $"Would clear 1 task instance of run {runs[1]}: only", $"of run {runs[2]}");
        var cleared = (await CliAsync("tasks", "clear", $"{runs[1]}", "only", "--future", "-o", "json")).Json();
        Assert.Equal((runs[1], 2), ((long)cleared["run"]!, cleared["others"]!.AsArray().Count));
        (await CliAsync("tasks", "clear", $"{runs[1]}", "only", "--only-failed")).IsRefused("nothing of that has failed");
        (await CliAsync("tasks", "clear", $"{runs[1]}", "only", "--only-failed", "--past")).IsDone($"Run {runs[1]} is left alone: nothing of that has failed");
        (await CliAsync("tasks", "clear", $"{runs[1]}", "--group", "load")).IsRefused("there is no group 'load'");
        (await CliAsync("tasks", "clear", $"{runs[1]}")).IsRefused("give a task or --group");
        (await CliAsync("tasks", "clear", "99", "only")).IsRefused("there is no run 99");
    }

    [Fact]
    public async Task A_run_has_a_key_and_notes_and_can_be_deleted()
    {
        var first = (await CliAsync("runs", "start", "plain", "--key", "order-815", "--note", "by mail", "--why", "asked for", "-o", "json")).Json();
        (await CliAsync("runs", "start", "plain", "--key", "order-815")).IsDone($"Run {first["run"]} of plain has this key already");
        var run = $"{first["run"]}";
        (await CliAsync("runs", "show", run)).IsDone("order-815", "by mail");
        await StartRunsAsync();
        (await CliAsync("tasks", "note", run, "only", "slow today")).IsDone("only of run");
        (await CliAsync("tasks", "note", run, "onlyy", "slow")).IsRefused("there is no task 'onlyy'", "'only'");
        (await CliAsync("tasks", "note", run, "only", "slow", "--map", "3")).IsRefused("has no element 3");
        (await CliAsync("runs", "note", run, "")).IsDone("has no note");
        (await CliAsync("runs", "show", run)).IsDone("Note on only: slow today");
        (await CliAsync("runs", "history", run)).IsDone("started by hand: asked for", "note: by mail", "note removed", "note on only: slow today");
        (await CliAsync("runs", "delete", run)).IsRefused("Say --yes");
        (await CliAsync("runs", "delete", run, "--yes")).IsRefused("only a run that has ended can be deleted");
        await CliAsync("runs", "cancel", run, "--why", "mistake");
        (await CliAsync("runs", "history", run)).IsDone("cancelled: mistake");
        (await CliAsync("runs", "delete", run, "--yes", "--why", "a test")).IsDone("is deleted");
        (await CliAsync("runs", "show", run)).IsRefused($"there is no run {run}");
        Assert.Contains("deleted: a test", (await CliAsync("dags", "show", "plain", "-o", "json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backfill_of_some_tasks_at_its_own_speed_with_arguments()
    {
        string[] days = ["weather", "--from", "2012-01-01", "--to", "2012-01-03"];
        (await CliAsync(["backfill", "preview", .. days, "--task", "lod"])).IsRefused("there is no task 'lod'", "'load'");
        (await CliAsync(["backfill", "preview", .. days, "--task", "load"])).IsRefused("'load' takes the output of 'extract', which is no part of the backfill", "--task extract");
        (await CliAsync(["backfill", "preview", .. days, "--downstream"])).IsRefused("--downstream");
        (await CliAsync(["backfill", "preview", .. days, "--version", "newest"])).IsRefused("--version cannot be 'newest'");
        (await CliAsync(["backfill", "create", .. days, "--arg", "a=1"])).IsRefused("'weather' takes no arguments");
        (await CliAsync(["backfill", "preview", .. days, "--task", "extract"])).IsDone("only the tasks extract", "created", "it has no run yet");
        var created = (await CliAsync(["backfill", "create", .. days, "--task", "extract", "--task", "load", "--why", "late data", "-o", "json"])).Json()["backfill"]!;
        Assert.Equal("""["extract","load"]""", created["tasks"]!.ToJsonString());
        var id = $"{created["backfill"]}";
        (await CliAsync("backfill", "speed", id, "--max-active", "3", "--why", "quiet night")).IsDone("new speed");
        (await CliAsync("backfill", "speed", id, "--max-active", "0")).IsRefused("--max-active cannot be 0");
        (await CliAsync("backfill", "show", id)).IsDone("Runs at once   3", "extract, load");
        (await CliAsync("backfill", "retry", id)).IsRefused($"no date of backfill {id} has failed");
        (await CliAsync("backfill", "retry", "99")).IsRefused("there is no backfill 99");
        (await CliAsync("backfill", "cancel", id, "--why", "wrong days")).IsDone("is cancelled");
        (await CliAsync("backfill", "retry", id)).IsRefused("was cancelled");
        Assert.Contains("cancelled: wrong days", (await CliAsync("dags", "show", "weather", "-o", "json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_dags_runs_usually_take_says_how_long_a_backfill_will()
    {
        string[] days = ["weather", "--from", "2012-01-01", "--to", "2012-01-20"];
        Assert.DoesNotContain("median", (await CliAsync(["backfill", "preview", .. days])).Out, StringComparison.Ordinal);
        await SqlAsync(
            """
            insert into dag_run(dag_no, version_id, kind, state, scheduled_for, created_by, started_at, finished_at)
            select dag_no, version_id, 'm', 's', now(), 'test', now(), now() + make_interval(mins => m) from dag, unnest(array[1, 2, 30]) m where dag_id = 'weather'
            """);
        (await CliAsync(["backfill", "preview", .. days, "--max-active", "10"])).IsDone("about 4 min 0 s at 10 at once");
    }
}
