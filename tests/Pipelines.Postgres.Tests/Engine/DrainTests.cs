using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class DrainTests(World world) : EngineTest(world)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_drained_worker_learns_of_it_with_its_heartbeat_until_it_is_resumed()
    {
        var id = await World.Workers.RegisterAsync("etl-1", ["default"], 4, Hour, null, default);
        Assert.False((await World.Workers.HeartbeatAsync(id, Hour, 0, 0, [], default)).Draining);

        await World.Operations.DrainWorkerAsync("etl-1", new Actor("web:ann", "kernel update"), default);
        await World.Operations.DrainWorkerAsync($"{id}", "web:ann", default);
        var beat = await World.Workers.HeartbeatAsync(id, Hour, 0, 0, [], default);
        Assert.Equal((true, true), (beat.Alive, beat.Draining));
        Assert.True((await new PostgresConsole(World.Db).WorkersAsync(default)).Single(worker => worker.WorkerId == id).Draining);

        await World.Operations.ResumeWorkerAsync("etl-1", "web:ann", default);
        Assert.False((await World.Workers.HeartbeatAsync(id, Hour, 0, 0, [], default)).Draining);
        Assert.Equal(
            ["worker etl-1 resumed", "worker etl-1 drained: kernel update"],
            await World.ListAsync<string>("select why from event where actor = 'web:ann' and why like 'worker etl-1%' order by event_id desc"));
    }

    [Fact]
    public async Task One_that_lost_its_lease_is_drained_still_under_its_new_number_and_another_is_not()
    {
        var id = await World.Workers.RegisterAsync("etl-2", ["default"], 4, Hour, null, default);
        await World.Operations.DrainWorkerAsync("etl-2", "web:ann", default);
        var again = await World.Workers.RegisterAsync("etl-2", ["default"], 4, Hour, null, default);
        var other = await World.Workers.RegisterAsync("etl-3", ["default"], 4, Hour, null, default);
        Assert.NotEqual(id, again);
        Assert.True((await World.Workers.HeartbeatAsync(again, Hour, 0, 0, [], default)).Draining);
        Assert.False((await World.Workers.HeartbeatAsync(other, Hour, 0, 0, [], default)).Draining);
    }

    [Fact]
    public async Task Only_living_workers_are_drained()
    {
        var id = await World.Workers.RegisterAsync("gone", ["default"], 4, Hour, null, default);
        await World.Workers.RegisterAsync("there", ["default"], 4, Hour, null, default);
        await World.Workers.LeaveAsync(id, default);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => World.Operations.DrainWorkerAsync("gone", "web:ann", default));
        Assert.Contains("there is no living worker 'gone'", refused.Message, StringComparison.Ordinal);
    }
}
