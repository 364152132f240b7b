using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class RetryTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_failed_attempt_waits_for_its_time_and_is_tried_again_under_the_next_number()
    {
        var run = await World.RunOfAsync("a @slow; b < a");
        var hand = await World.WorkerAsync();
        var first = Assert.Single(await hand.TakeAsync());
        await hand.AdvanceAsync(9, Hand.Report(first, 'y', delay: 3600));
        Assert.Equal("r:yn", await World.StateAsync(run));
        Assert.InRange(await World.OneAsync<double>("select extract(epoch from due_at - clock_timestamp())::float8 from timer"), 3000, 3600);
        Assert.Equal(0, await World.Scheduler.FireTimersAsync(100, default));
        await World.ExecuteAsync("update timer set due_at = clock_timestamp()");
        Assert.Equal(1, await World.Scheduler.FireTimersAsync(100, default));
        Assert.Equal(0, await World.Scheduler.FireTimersAsync(100, default));
        Assert.Equal("r:qn", await World.StateAsync(run));
        var second = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 2), (second.Attempt, second.Tries));
        Assert.Equal(first.FirstStartedAt, second.FirstStartedAt);
        Assert.True(second.StartedAt > first.StartedAt);
        Assert.Equal(first.Key, Assert.Single((await hand.AdvanceAsync(0, Hand.Report(first, 's'))).Fenced));
        await hand.AdvanceAsync(0, Hand.Report(second, 'f'));
        Assert.Equal("f:fu", await World.StateAsync(run));
    }

    [Fact]
    public async Task Two_schedulers_that_fire_at_once_queue_each_retry_once()
    {
        await World.DagAsync("d", "a");
        await World.RunsAsync("d", 50);
        var hand = await World.WorkerAsync();
        await hand.AdvanceAsync(0, [.. (await hand.TakeAsync()).Select(a => Hand.Report(a, 'y'))]);
        var fired = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => World.Scheduler.FireTimersAsync(1000, default))));
        Assert.Equal(50, fired.Sum());
    }

    [Fact]
    public async Task An_attempt_given_back_spends_no_try()
    {
        var run = await World.RunOfAsync("a @slow");
        var hand = await World.WorkerAsync();
        var first = Assert.Single(await hand.TakeAsync());
        await hand.AdvanceAsync(0, Hand.Report(first, 'q'));
        Assert.Equal("r:q", await World.StateAsync(run));
        var second = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1), (second.Attempt, second.Tries));
    }

    [Fact]
    public async Task An_attempt_given_back_may_be_claimed_in_the_same_statement()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var first = Assert.Single(await hand.TakeAsync());
        Assert.Equal(2, Assert.Single((await hand.AdvanceAsync(1, Hand.Report(first, 'q'))).Assignments).Attempt);
    }

    [Fact]
    public async Task The_time_to_the_next_timer_is_known()
    {
        await World.RunOfAsync("a");
        Assert.Null(await World.Scheduler.NextDueAsync(default));
        var hand = await World.WorkerAsync();
        await hand.AdvanceAsync(0, Hand.Report(Assert.Single(await hand.TakeAsync()), 'y', delay: 600));
        Assert.InRange((await World.Scheduler.NextDueAsync(default))!.Value, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    }
}
