using Pipelines.Postgres.Embedded;

namespace Pipelines.EndToEnd.Tests;

public sealed class ServerStoppedTests
{
    private const int Runs = 182;

    [Theory]
    [InlineData("pg_ctl stop -m immediate")]
    [InlineData("kill -9")]
    public async Task PostgreSQL_stopped_hard_in_the_middle_of_a_backfill_costs_no_run_and_ends_no_process(string how)
    {
        await using var at = await Installation.CreateAsync(Built.Sample("SeattleWeather"));
        Running[] processes = [await at.SchedulerAsync("seattle_weather"), await at.WorkerAsync(), await at.WorkerAsync()];
        (await at.RunAsync("backfill", "create", "seattle_weather", "--from", "2012-01-01", "--to", "2012-06-30", "--yes")).Succeeded();
        await at.UntilAsync("a quarter is done", async () => await at.EndedRunsAsync() >= Runs / 4);

        if (how == "kill -9")
            await at.KillServerAsync();
        else
            await at.StopServerAsync(EmbeddedStop.Immediate);
        await at.UntilAsync("the others have noticed", () => processes.All(process => process.Error.Contains("Trying again", StringComparison.Ordinal)));
        await at.StartServerAsync();

        Assert.True(await SoonAsync(() => at.EndedRunsAsync()) < Runs);
        await at.UntilAsync("the backfill ends", async () => await at.CountAsync("select count(*) from backfill where state = 's'") == 1);
        await Proof.SucceededOnceAsync(at.Store, "seattle_weather", Runs);
        Assert.All(processes, process => Assert.False(process.HasExited, process.ToString()));
        Assert.Equal(2, await at.CountAsync("select count(*) from worker where stopped_at is null"));

        // They go on with new work, too.
        (await at.RunAsync("backfill", "create", "seattle_weather", "--from", "2013-01-01", "--to", "2013-01-10", "--wait")).Succeeded();

        // The test's own pool still holds connections to the server that is gone.
        async Task<long> SoonAsync(Func<Task<long>> count)
        {
            var counted = 0L;
            await at.UntilAsync("the database answers", async () =>
            {
                counted = await count();
                return true;
            });
            return counted;
        }
    }
}
