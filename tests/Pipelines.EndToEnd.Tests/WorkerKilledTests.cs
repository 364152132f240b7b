namespace Pipelines.EndToEnd.Tests;

public sealed class WorkerKilledTests
{
    private const int Runs = 366;

    [Fact]
    public async Task A_worker_killed_in_the_middle_of_a_backfill_costs_no_run_and_doubles_none()
    {
        await using var at = await Installation.CreateAsync(Built.Sample("SeattleWeather"));
        await at.SchedulerAsync("seattle_weather");
        var first = await at.WorkerAsync("--lease", "5");
        await at.WorkerAsync("--lease", "5");
        (await at.RunAsync("backfill", "create", "seattle_weather", "--from", "2012-01-01", "--to", "2012-12-31", "--max-active", "32", "--yes")).Succeeded();

        await at.UntilAsync("a quarter is done and the first worker holds attempts", async () =>
        {
            if (await at.EndedRunsAsync() < Runs / 4)
                return false;
            first.Freeze();                                       // so that what it holds stays what it holds
            if (await at.RunningOnAsync(first) > 0)
                return true;
            first.Thaw();
            return false;
        });
        var held = await at.RunningOnAsync(first);
        var id = Assert.Single(await at.WorkerIdsOf(first));
        first.Kill();
        Assert.True(await at.EndedRunsAsync() < Runs);
        await at.WorkerAsync("--lease", "5");

        await at.UntilAsync("the backfill ends", async () => await at.CountAsync("select count(*) from backfill where state = 's'") == 1);
        await Proof.SucceededOnceAsync(at.Store, "seattle_weather", Runs);
        // Its last statement may still have committed after the freeze; whatever it had started has ended, by that report or as lost.
        Assert.True(held > 0);
        Assert.Equal(
            await at.CountAsync("select count(*) from event where task_no is not null and to_state = 'r' and worker_id = $1", id),
            await at.CountAsync("select count(*) from event where task_no is not null and from_state = 'r' and worker_id = $1", id));
    }
}
