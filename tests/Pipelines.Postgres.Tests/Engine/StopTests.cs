using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Runs that the engine stops: over their timeout, or by fail-fast.</summary>
[SupportedOSPlatform("linux")]
public sealed class StopTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_run_over_its_timeout_fails_and_what_runs_is_told()
    {
        await World.DagAsync(Graph.Parse("d", "a; b; c < a; page:OnFailure") with { RunTimeout = TimeSpan.FromMinutes(90) });
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync(1);
        Assert.Equal(0, await World.Scheduler.ExpireRunsAsync(10, default));
        Assert.InRange((await World.Scheduler.NextDueAsync(default))!.Value.TotalMinutes, 59, 60);     // an hour is the longest it says
        Assert.Equal(90.0, await World.OneAsync<double>("select extract(epoch from deadline_at - started_at)::float8 / 60 from dag_run"));
        await World.ExecuteAsync("update dag_run set deadline_at = clock_timestamp()");
        Assert.Equal(1, await World.Scheduler.ExpireRunsAsync(10, default));
        Assert.Equal("r:rccn", await World.StateAsync(run));
        Assert.Equal(0, await World.Scheduler.ExpireRunsAsync(10, default));
        Assert.Equal([run], (await World.Workers.HeartbeatAsync(hand.Id, TimeSpan.FromHours(1), 1, 0, [run], default)).CancelledRuns);
        var called = await hand.EndAsync(run, "a", 'c', want: 5);
        Assert.Equal("r:cccr", await World.StateAsync(run));
        await hand.EndAsync(Assert.Single(called.Assignments).Key);
        Assert.Equal("f:cccs", await World.StateAsync(run));
        Assert.Contains("01:30:00", (await World.ListAsync<string>("select why from event where task_no is null and why is not null and actor = 'scheduler'")).Single());
    }

    [Fact]
    public async Task Fail_fast_stops_the_run_with_the_first_failure()
    {
        await World.DagAsync(Graph.Parse("d", "a; b; c < b; make; drop:Teardown < make") with { FailFast = true });
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "make", want: 0);
        await hand.EndAsync(run, "a", 'f', want: 0);
        Assert.Equal("r:frcsq", await World.StateAsync(run));
        Assert.Equal("fail-fast: task a failed", await World.WhyAsync(World.Key(run, "c")));
        await hand.EndAsync(run, "b", 'c', want: 1);
        await hand.EndAsync(run, "drop");
        Assert.Equal("f:fccss", await World.StateAsync(run));
    }

    [Fact]
    public async Task Fail_fast_does_not_mind_teardowns_callbacks_and_tries()
    {
        await World.DagAsync(Graph.Parse("d", "a; b; drop:Teardown < a; thank:OnSuccess < a") with { FailFast = true });
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "b"), 'y', delay: 0));
        await hand.EndAsync(run, "a", want: 9);
        await hand.EndAsync(run, "drop", 'f');
        await hand.EndAsync(run, "thank", 'f');
        Assert.Equal("r:syff", await World.StateAsync(run));
        await World.Scheduler.FireTimersAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(run, "b");
        Assert.Equal("s:ssff", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_try_that_is_given_back_untried_after_a_while_is_not_spent()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var first = Assert.Single(await hand.TakeAsync());
        await hand.AdvanceAsync(0, Hand.Report(first, 'p', delay: 0));
        Assert.Equal("r:y", await World.StateAsync(run));
        await World.Scheduler.FireTimersAsync(10, default);
        var second = Assert.Single(await hand.TakeAsync());
        Assert.Equal((2, 1), (second.Attempt, second.Tries));
    }
}
