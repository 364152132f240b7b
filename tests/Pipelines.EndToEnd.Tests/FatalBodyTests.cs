namespace Pipelines.EndToEnd.Tests;

public sealed class FatalBodyTests
{
    [Fact]
    public async Task A_body_that_kills_its_process_fails_after_five_workers_and_the_others_finish()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await at.SchedulerAsync("kills_its_process");
        var beside = await at.WorkerAsync("--lease", "5", "--queue", "elsewhere");
        var elsewhere = await at.StartRunAsync("waits_elsewhere");
        var run = await at.StartRunAsync("kills_its_process");
        var good = new List<long>();
        var codes = new List<int>();
        while (await at.RunStateAsync(run) is "q" or "r")
        {
            good.Add(await at.StartRunAsync("good"));             // claimed by the worker that is about to die
            var worker = await at.WorkerAsync("--lease", "3");
            await at.UntilAsync("the worker is gone, or the run has ended", async () => worker.HasExited || await at.RunStateAsync(run) == "f");
            if (worker.HasExited)
                codes.Add((await worker.EndAsync()).Code);
        }

        at.Open("elsewhere");
        await at.RunEndsAsync(elsewhere);
        foreach (var one in good)
        {
            await at.RunEndsAsync(one);
            Assert.Equal("s", await at.RunStateAsync(one));
        }

        // By its stack, by its own word, by FailFast, by a thread's exception, by kill -9.
        Assert.Equal([134, 0, 134, 134, 137], codes);
        Assert.Equal("f", await at.RunStateAsync(run));
        Assert.Equal("f 5 0 5", await at.ScalarAsync("select concat_ws(' ', state, attempt, tries, lost) from task_instance where run_id = $1", run));
        Assert.Equal("lost with its worker for the 5th time; the limit is 5", await at.ScalarAsync("select why from event where run_id = $1 and to_state = 'f' and task_no is not null", run));
        Assert.Equal("s 1 0", await at.ScalarAsync("select concat_ws(' ', state, attempt, lost) from task_instance where run_id = $1", elsewhere));
        Assert.False(beside.HasExited, beside.ToString());
    }

    [Fact]
    public async Task A_worker_whose_bodies_left_threads_behind_ends_when_it_is_told()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await at.SchedulerAsync("leaks_threads");
        var worker = await at.WorkerAsync();
        var run = await at.StartRunAsync("leaks_threads");
        await at.RunEndsAsync(run);
        worker.Terminate();
        Assert.Equal((0, "s"), ((await worker.EndAsync()).Code, await at.RunStateAsync(run)));
    }
}
