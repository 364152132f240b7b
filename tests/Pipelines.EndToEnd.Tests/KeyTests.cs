namespace Pipelines.EndToEnd.Tests;

/// <summary>Payloads with keys that the database, the scheduler and one of two workers do not have.</summary>
public sealed class KeyTests
{
    [Fact]
    public async Task A_run_waits_for_a_worker_with_the_key_and_leaves_nothing_that_can_be_read()
    {
        await using var at = await Installation.CreateAsync(Built.Fixture("Examples"));
        var (ring, other) = (Path.Combine(at.Home, "payload.keys"), Path.Combine(at.Home, "other.keys"));
        (await at.RunAsync("keys", "new", ring)).Succeeded();
        (await at.RunAsync("keys", "new", other)).Succeeded();
        await at.SchedulerAsync("orders_daily");
        at.Open("orders");
        var without = await at.WorkerAsync("--payload-keys", other);
        var run = (long)(await at.RunAsync("runs", "start", "orders_daily", "--arg", "days=1234567", "--payload-keys", ring, "-o", "json")).Json()["run"]!;
        await at.UntilAsync("the worker has tried", async () => await at.CountAsync("select count(*) from event where run_id = $1 and why like '%cannot be read%'", run) > 0);
        var why = (await at.RunAsync("tasks", "why", $"{run}", "extract")).Output;
        Assert.Contains("The run's arguments cannot be read: encrypted with key '", why, StringComparison.Ordinal);
        Assert.Contains("nothing is lost. Tried again every 15 s.", why, StringComparison.Ordinal);
        without.Kill();
        await without.EndAsync();
        await at.WorkerAsync("--payload-keys", ring);
        await at.RunEndsAsync(run);
        Assert.Equal("s", await at.RunStateAsync(run));
        Assert.Equal(0, await at.CountAsync("select count(*) from dag_run r join task_instance t using (run_id) where run_id = $1 and (r.arguments::text like '%1234567%' or t.output::text like '%1234567%')", run));
        Assert.Contains("encrypted with key ", (await at.RunAsync("runs", "show", $"{run}")).Output, StringComparison.Ordinal);
        Assert.Contains("1234567", (await at.RunAsync("runs", "show", $"{run}", "--payload-keys", ring)).Output, StringComparison.Ordinal);
    }
}
