namespace Pipelines.Cli.Tests;

/// <summary>What tasks and workers share: locks and queues.</summary>
public class SharedTests(TestServer server) : StoreTests(server)
{
    [Fact]
    public async Task Locks_are_listed_with_who_holds_them_and_how_many_wait()
    {
        (await CliAsync("locks", "list")).IsDone("No task holds a lock");
        await SqlAsync("select register_worker('w1', '{special}', 1, 600)");
        var run = (long)(await CliAsync("runs", "start", "plain", "-o", "json")).Json()["run"]!;
        await SqlAsync("select start_runs(10)");
        await SqlAsync("update task_instance set state = 'r', worker_id = 1, attempt = 1 where run_id = $1 and task_no = 0", run);
        await SqlAsync("select take_lock(1, $1, 0, -1, 1::smallint, 'table-x', gen_random_uuid(), 60, 60)", run);
        (await CliAsync("locks", "list")).IsDone("table-x", $"plain run {run}");
        var held = (await CliAsync("locks", "list", "-o", "json")).Json()[0]!;
        Assert.Equal(("table-x", run, 0), ((string?)held["lock"], (long)held["run"]!, (int)held["waiting"]!));
    }

    [Fact]
    public async Task Queues_say_how_many_workers_they_could_do_with()
    {
        await CliAsync("runs", "start", "plain");
        await SqlAsync("select start_runs(10)");
        var queues = (await CliAsync("queues", "stats", "-o", "json")).Json().AsArray();
        var busy = queues.Single(queue => (long)queue!["depth"]! > 0)!;
        Assert.Equal((1, 16), ((int)busy["desiredWorkers"]!, (int)busy["slotsPerWorker"]!));
        (await CliAsync("queues", "stats", (string)busy["queue"]!)).IsDone("Desired workers");
        (await CliAsync("queues", "stats", "nothing")).IsRefused("there is no queue 'nothing'");
    }
}
