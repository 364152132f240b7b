using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>What queues say to whoever scales workers.</summary>
[SupportedOSPlatform("linux")]
public sealed class QueueTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_queue_says_what_is_ready_what_runs_and_who_serves_it()
    {
        await World.DagAsync("d", "a; b ~gpu");
        await World.RunsAsync("d", 5);
        var hand = await World.WorkerAsync("default", "idle");
        await hand.TakeAsync(2);
        Assert.Equal((3, 3, 2, 1, 100), Of(await StatsAsync("default")));
        Assert.Equal((5, 5, 0, 0, 0), Of(await StatsAsync("gpu")));
        Assert.Equal((0, 0, 0, 1, 100), Of(await StatsAsync("idle")));
        Assert.Equal([("d", 3L, 2L)], (await World.Console.QueueVersionsAsync("default", default)).Select(version => (version.DagId, version.Depth, version.Running)));
        await World.ExecuteAsync("update task_instance set queued_at = clock_timestamp() - interval '1 minute' where task_no = 1");
        Assert.InRange((await StatsAsync("gpu")).OldestSeconds, 60, 120);

        await World.ExecuteAsync("update worker set draining = true");
        Assert.Equal(0, (await StatsAsync("default")).Workers);
    }

    [Fact]
    public async Task What_a_full_pool_holds_back_asks_for_no_worker()
    {
        await World.DagAsync("d", "a @narrow");
        await World.ExecuteAsync("update pool set slots = 2");
        await World.RunsAsync("d", 5);
        var stats = await StatsAsync("default");
        Assert.Equal((5, 2), (stats.Depth, stats.Runnable));
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        stats = await StatsAsync("default");
        Assert.Equal((3, 0, 2), (stats.Depth, stats.Runnable, stats.Running));
    }

    [Theory]
    [InlineData(0, 0, 0, 0, null, 0)]
    [InlineData(1, 0, 0, 0, null, 1)]
    [InlineData(17, 0, 0, 0, null, 2)]
    [InlineData(8, 8, 2, 8, null, 4)]
    [InlineData(8, 8, 2, 8, 16, 1)]
    public void Desired_workers_are_what_can_run_by_the_slots_of_one(long runnable, long running, int workers, int slots, int? asked, int desired) =>
        Assert.Equal(desired, new QueueStats("q", 100, runnable, 0, 0, running, workers, slots).DesiredWorkers(asked));

    private async Task<QueueStats> StatsAsync(string queue) => (await World.Console.QueuesAsync(default)).Single(one => one.Name == queue);

    private static (long, long, long, int, int) Of(QueueStats queue) => (queue.Depth, queue.Runnable, queue.Running, queue.Workers, queue.Slots);
}
