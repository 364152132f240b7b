using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class SweepTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_consistent_database_needs_no_repair()
    {
        var hand = await MixedAsync();
        Assert.NotEmpty(hand.Held);
        Assert.Equal(0, await World.SweepAsync());
    }

    [Fact]
    public async Task Rows_that_somebody_deleted_or_edited_are_repaired_and_counted()
    {
        var hand = await MixedAsync();
        Assert.Equal(1, await World.ExecuteAsync("delete from ready_queue"));
        Assert.Equal(1, await World.ExecuteAsync("delete from timer"));
        await World.ExecuteAsync("update pool set used = 5");
        Assert.Equal(3, await World.SweepAsync());
        Assert.Equal(0, await World.SweepAsync());
        await Invariants.CheckAsync(World, "after the sweep: ");
        Assert.Equal(1, await World.Scheduler.FireTimersAsync(10, default));
        Assert.Equal(2, (await hand.TakeAsync()).Count);
    }

    [Fact]
    public async Task What_was_queued_a_moment_ago_is_left_to_the_statement_that_queued_it()
    {
        await World.RunOfAsync("a");
        await World.ExecuteAsync("delete from ready_queue");
        Assert.Equal(0, await World.SweepAsync());
        await World.ExecuteAsync("update task_instance set queued_at = queued_at - interval '2 minutes'");
        Assert.Equal(1, await World.SweepAsync());
    }

    [Fact]
    public async Task A_claim_in_flight_is_no_fault()
    {
        await World.RunOfAsync("a");
        await World.ExecuteAsync("update task_instance set queued_at = queued_at - interval '2 minutes'");
        var hand = await World.WorkerAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var claim = World.Command(connection, "select count(*) from claim($1, '{default}', null, 1)", hand.Id))
            Assert.Equal(1L, await claim.ExecuteScalarAsync());
        var sweep = World.SweepAsync();
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        Assert.Equal(0, await sweep);
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from ready_queue"));
    }

    [Fact]
    public async Task A_run_that_somebody_works_on_is_left_for_the_next_time()
    {
        var run = await World.RunOfAsync("a");
        await World.ExecuteAsync("delete from ready_queue");
        await World.ExecuteAsync("update task_instance set queued_at = queued_at - interval '2 minutes'");
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var locked = World.Command(connection, "select from dag_run where run_id = $1 for no key update", run))
            await locked.ExecuteNonQueryAsync();
        Assert.Equal(0, await World.SweepAsync());
        await transaction.RollbackAsync();
        Assert.Equal(1, await World.SweepAsync());
    }

    [Fact]
    public async Task Open_runs_have_their_turns_and_the_pools_one_in_a_round()
    {
        await World.DagAsync("d", "a @db");
        await World.RunsAsync("d", 3);
        Assert.Equal(new SweepTurn(0, More: true), await TurnAsync());
        await World.ExecuteAsync("delete from ready_queue");
        await World.ExecuteAsync("update task_instance set queued_at = queued_at - interval '2 minutes'");
        await World.ExecuteAsync("update pool set used = 5");
        Assert.Equal(new SweepTurn(1, More: false), await TurnAsync());
        Assert.Equal(new SweepTurn(3, More: true), await TurnAsync());
        Assert.Equal(default, await TurnAsync());
        await Invariants.CheckAsync(World, "after a round: ");

        Task<SweepTurn> TurnAsync() => World.Scheduler.SweepAsync(2, default);
    }

    /// <summary>One instance queued for long, one that waits for its retry, one that runs in a pool.</summary>
    private async Task<Hand> MixedAsync()
    {
        await World.DagAsync("d", "a; b @slow; c ^-1");
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync(2);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "a"), 'y', delay: 600));
        await World.ExecuteAsync("update task_instance set queued_at = queued_at - interval '2 minutes'");
        return hand;
    }
}
