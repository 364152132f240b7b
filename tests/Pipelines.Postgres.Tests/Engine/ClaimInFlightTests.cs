using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>A claim holds the queue rows of what it starts, and no lock of a run: whoever changes a run beside it waits, and finds running what was taken.</summary>
[SupportedOSPlatform("linux")]
public sealed class ClaimInFlightTests(World world) : EngineTest(world)
{
    [Theory]
    [InlineData("clear_tasks($1, '{0,1}', '{-1,-1}', 'ann', null)", "r n")]
    [InlineData("mark_tasks($1, '{0}', '{-1}', 's', 'ann', null)", "r s")]
    [InlineData("mark_run($1, 'f', 'ann', null)", "r f")]
    public async Task What_it_takes_is_taken_back_as_one_that_runs(string how, string move)
    {
        var run = await World.RunOfAsync("a; b < a");
        await BesideAClaimAsync(() => World.ExecuteAsync($"select {how}", run));
        Assert.Contains(move, await World.ListAsync<string>("select from_state::text || ' ' || to_state::text from event where run_id = $1 and task_no = 0 order by event_id", run));
    }

    [Theory]
    [InlineData("b; c < b", "task a is running, and version 2 has none of that id")]
    [InlineData("new; a < new; b < a", "adds task new before a, which has begun")]
    public async Task What_it_takes_keeps_its_run_from_a_version_without_it(string graph, string why)
    {
        var run = await World.RunOfAsync("a; b < a");
        await World.DagAsync("d", graph);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => BesideAClaimAsync(() => World.ExecuteAsync("select upgrade_run($1, 2, 'ann', null)", run)));
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("r:r", await World.StateAsync(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_it_begins_is_pending_no_more()
    {
        var run = await World.RunOfAsync("a; b < a");
        await World.DagAsync(Graph.Parse("d", "a; b < a; c < b") with { VersionPolicy = VersionPolicy.AdoptPending });
        await BesideAClaimAsync(() => World.Scheduler.AdoptRunsAsync(10, default));
        Assert.Equal(1, (await World.Console.RunAsync(run, default))!.VersionId);
    }

    /// <summary>Does something while a claim is under way, which ends when it is waited for.</summary>
    private async Task BesideAClaimAsync(Func<Task> act)
    {
        var hand = await World.WorkerAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var claim = World.Command(connection, "select count(*) from claim($1, '{default}', null, 1)", hand.Id))
            Assert.Equal(1L, await claim.ExecuteScalarAsync());
        var done = act();
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        await done;
    }
}
