namespace Pipelines.EndToEnd.Tests;

public sealed class DrainTests
{
    [Fact]
    public async Task SIGTERM_lets_short_attempts_finish_and_gives_long_ones_back_without_spending_a_try()
    {
        await using var at = await Installation.CreateAsync(Built.Dags);
        await at.SchedulerAsync("quick_and_slow");
        var first = await at.WorkerAsync("--drain", "5");
        var run = await at.StartRunAsync("quick_and_slow");
        await at.UntilAsync("both run", async () => await at.RunningOnAsync(first) == 2);

        first.Terminate();
        at.Open("quick");
        Assert.Equal(0, (await first.EndAsync()).Code);
        Assert.Equal("s", await StateAsync("quick"));
        Assert.Equal("q 1 0 0", await at.ScalarAsync(
            "select concat_ws(' ', t.state, t.attempt, t.tries, t.lost) from task_instance t where run_id = $1 and task_no = 1", run));

        var second = await at.WorkerAsync();
        await at.UntilAsync("the long one runs elsewhere", async () => await at.RunningOnAsync(second) == 1);
        at.Open("slow");
        await at.RunEndsAsync(run);

        Assert.Equal($"s 2 1 0 {second.Id}", await at.ScalarAsync(
            "select concat_ws(' ', t.state, t.attempt, t.tries, t.lost, t.output) from task_instance t where run_id = $1 and task_no = 1", run));
        Assert.Equal(0, await Proof.LostAsync(at.Store));
        Assert.Equal(1, await at.CountAsync("select count(*) from event where why = 'given back by a worker that stops'"));
        await at.TickNoMoreAsync();
        await Proof.NothingIsLeftAsync(at.Store);

        async Task<string> StateAsync(string task) => (string)(await at.ScalarAsync(
            "select t.state::text from task_instance t join dag_run r using (run_id) join dag_task k on k.version_id = r.version_id and k.task_no = t.task_no where run_id = $1 and task_id = $2",
            run, task))!;
    }

    [Fact]
    public async Task Workers_that_come_and_go_during_a_backfill_lose_nothing()
    {
        await using var at = await Installation.CreateAsync(Built.Sample("SeattleWeather"));
        await at.SchedulerAsync("seattle_weather");
        await at.WorkerAsync();
        (await at.RunAsync("backfill", "create", "seattle_weather", "--from", "2012-01-01", "--to", "2012-12-31", "--max-active", "32", "--yes")).Succeeded();
        for (var i = 0; i < 3; i++)
        {
            var passing = await at.WorkerAsync();
            await at.UntilAsync("it works", async () =>
                await at.CountAsync("select count(*) from event where to_state = 's' and worker_id = $1", (await at.WorkerIdsOf(passing))[0]) > 0
                || await at.CountAsync("select count(*) from backfill where state = 's'") == 1);
            passing.Terminate();
            Assert.Equal(0, (await passing.EndAsync()).Code);
        }

        await at.UntilAsync("the backfill ends", async () => await at.CountAsync("select count(*) from backfill where state = 's'") == 1);
        await Proof.SucceededOnceAsync(at.Store, "seattle_weather", 366);
        Assert.Equal(0, await Proof.LostAsync(at.Store));
    }
}
