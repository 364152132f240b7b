using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Locks and rates as a body sees them.</summary>
public sealed class LockTests
{
    [Fact]
    public async Task A_lock_is_waited_for_and_given_back()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await using var held = await context.LockAsync("x", wait: TimeSpan.FromMinutes(1));
            return (int)held.Token;
        });
        host.Store.Lock = asked => new LockAnswer(asked < 3 ? null : 7, 0, "task a of run 1");
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("7"u8.ToArray(), (await host.ReportsAsync(1))[0].Output);
        Assert.Equal([7], host.Store.Released);
        Assert.Single(host.Store.AskedLocks);
        Assert.Empty(host.Store.LeftLines);
        Assert.Contains("Waits for the lock 'x': task a of run 1", host.Store.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_given_back_though_the_store_is_away_for_a_moment()
    {
        var calls = 0;
        await using var host = new WorkerHost(async (context, _) =>
        {
            await using var held = await context.LockAsync("x");
            return 1;
        });
        host.Store.Lock = _ => new LockAnswer(7, 0, null);
        host.Store.Before = (call, _, _) => call == "release_lock" && Interlocked.Increment(ref calls) == 1 ? throw new StoreUnavailableException("away", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        Assert.Equal([7], host.Store.Released);
    }

    [Fact]
    public async Task One_that_is_not_free_in_time_is_told_with_who_has_it_and_its_place_given_up()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await using var held = await context.LockAsync("x", wait: TimeSpan.Zero);
            return 1;
        });
        host.Store.Lock = _ => new LockAnswer(null, 2, "task a of run 1 has had it");
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal("The lock 'x' was not free within 00:00:00: task a of run 1 has had it, and 2 waited before this one.", report.Why);
        Assert.Equal([Assert.Single(host.Store.AskedLocks)], host.Store.LeftLines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lock_that_is_lost_says_so(bool away)
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await using var held = await context.LockAsync("x", lease: TimeSpan.FromSeconds(1));
            await Task.Delay(Timeout.Infinite, held.Lost).ContinueWith(_ => { }, TaskScheduler.Default);
            return 3;
        });
        host.Store.Renews = false;
        host.Store.Before = (call, _, _) => away && call == "renew_lock" ? throw new StoreUnavailableException("away", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("3"u8.ToArray(), (await host.ReportsAsync(1))[0].Output);
    }

    [Fact]
    public async Task A_rate_is_asked_again_until_it_lets_through()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await context.RateLimitAsync("api", 2.PerSecond, key: "k");
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(TaskState.Succeeded, (await host.ReportsAsync(1))[0].Outcome);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7200)]
    public async Task A_lease_that_is_none_is_refused(int seconds)
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await using var held = await context.LockAsync("x", TimeSpan.FromSeconds(seconds));
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Contains("1 second to an hour", (await host.ReportsAsync(1))[0].Why, StringComparison.Ordinal);
    }
}
