using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What no worker takes within its queue timeout fails, and says what it waited for.</summary>
[SupportedOSPlatform("linux")]
public sealed class QueueTimeoutTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task What_nobody_takes_fails_with_the_queue_it_waited_for_and_its_downstream_goes_on()
    {
        var run = await RunAsync("a ~gpu; b < a; c:AllDone < a; d ~gpu");
        Assert.Equal(0, await ExpireAsync());
        await AgeAsync();
        Assert.Equal(2, await ExpireAsync());
        Assert.Equal("r:fuqf", await World.StateAsync(run));
        Assert.Equal(0, await ExpireAsync());
        Assert.Equal("no worker has taken it within its queue timeout of 01:00:00: it waited for the queue gpu, which no worker serves", await World.WhyAsync(World.Key(run, "a")));
        Assert.Empty(await (await World.WorkerAsync("gpu")).TakeAsync());
        await World.WorkerAsync("gpu");
        run = await RunAsync("a ~gpu", "e");
        await AgeAsync();
        await ExpireAsync();
        Assert.EndsWith("the queue gpu, whose workers are busy", await World.WhyAsync(World.Key(run, "a")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_pool_and_a_full_limit_are_named_and_the_limits_place_is_given_back()
    {
        await World.WorkerAsync();
        var hand = await World.WorkerAsync();
        var one = await RunAsync("a @slow", "p", timeouts: false);
        await World.Operations.SetPoolAsync("slow", 1, "test", default);
        await hand.TakeAsync();
        var two = await RunAsync("a @slow", "q");
        var held = await RunAsync("a", "r", limit: true);
        await World.Scheduler.AdmitAsync(10, default);
        var lined = await World.RunAsync("r");
        await World.Scheduler.AdmitAsync(10, default);
        await World.ExecuteAsync("update task_instance set queued_at = clock_timestamp() where run_id = $1", held);
        await AgeAsync(two, lined);
        Assert.Equal(2, await ExpireAsync());
        Assert.Equal(["f:f", "f:f", "r:q", "r:r"], [await World.StateAsync(two), await World.StateAsync(lined), await World.StateAsync(held), await World.StateAsync(one)]);
        Assert.EndsWith("the pool slow, 1 of whose 1 slots are taken", await World.WhyAsync(World.Key(two, "a")), StringComparison.Ordinal);
        Assert.EndsWith("the limit x", await World.WhyAsync(World.Key(lined, "a")), StringComparison.Ordinal);
        await AgeAsync(held);
        Assert.Equal(1, await ExpireAsync());
        var last = await World.RunAsync("r");
        await World.Scheduler.AdmitAsync(10, default);
        Assert.Equal(last, Assert.Single(await hand.TakeAsync()).Key.RunId);
    }

    [Fact]
    public async Task Each_wait_in_the_queue_counts_by_itself_and_no_wait_without_a_slot_does()
    {
        var run = await RunAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await AgeAsync();
        Assert.Equal(0, await ExpireAsync());                             // it runs
        await hand.AdvanceAsync(0, Hand.Report(a, 'y', delay: 60));
        await AgeAsync();
        Assert.Equal(0, await ExpireAsync());                             // it waits for its retry
        await World.ExecuteAsync("update timer set due_at = clock_timestamp()");
        await World.Scheduler.FireTimersAsync(10, default);
        Assert.Equal(0, await ExpireAsync());                             // it has just been queued
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_claim_that_is_under_way_has_what_it_took()
    {
        var run = await RunAsync("a");
        var hand = await World.WorkerAsync();
        await AgeAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var advance = World.Command(connection, "select count(*) from advance($1, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1)", hand.Id))
            Assert.Equal(1L, await advance.ExecuteScalarAsync());
        var expire = ExpireAsync();
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        Assert.Equal(0, await expire);
        Assert.Equal("r:r", await World.StateAsync(run));
    }

    private async Task<long> RunAsync(string graph, string id = "d", bool timeouts = true, bool limit = false)
    {
        var spec = Graph.Parse(id, graph);
        await World.DagAsync(spec with
        {
            Tasks = [.. spec.Tasks.Select(task => task with { QueueTimeoutSeconds = timeouts ? 3600 : null, Limits = limit ? [new LimitSpec { Name = "x", AtOnce = 1 }] : null })],
        });
        return await World.RunAsync(id);
    }

    private Task<int> AgeAsync(params long[] runs) => World.ExecuteAsync(
        "update task_instance set queued_at = queued_at - interval '2 hours' where queued_at is not null and (cardinality($1::bigint[]) = 0 or run_id = any($1))", runs);

    private async Task<int> ExpireAsync()
    {
        await World.ExecuteAsync("update lane set looked_at = null");
        return await World.Scheduler.ExpireQueuedAsync(100, default);
    }
}
