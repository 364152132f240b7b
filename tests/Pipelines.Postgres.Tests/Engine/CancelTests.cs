using System.Runtime.Versioning;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

[SupportedOSPlatform("linux")]
public sealed class CancelTests(World world) : EngineTest(world)
{
    [Fact]
    public async Task A_run_that_waits_for_its_start_ends_at_once()
    {
        await World.DagAsync("d", "a");
        var run = await World.QueueRunAsync("d");
        Assert.Equal('c', await World.Operations.CancelRunAsync(run, "ann", default));
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("c:", await World.StateAsync(run));
        await Assert.ThrowsAsync<RefusedException>(() => World.Operations.CancelRunAsync(run, "ann", default));
    }

    [Fact]
    public async Task A_run_of_which_nothing_runs_ends_at_once_with_all_that_waits()
    {
        var run = await World.RunOfAsync("a; r; b < a; m* < b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync(2);
        await hand.AdvanceAsync(0, Hand.Report(hand.Assignment(run, "r"), 'y', delay: 60));
        await hand.EndAsync(run, "a", want: 0);
        Assert.Equal("r:syqn", await World.StateAsync(run));
        Assert.Equal('c', await World.Operations.CancelRunAsync(run, "ann", default));
        Assert.Equal("c:sccc", await World.StateAsync(run));
        Assert.Equal(["ann"], await World.ListAsync<string>("select distinct actor from event where to_state = 'c' and task_no is not null"));
        Assert.Equal(["ann"], await World.ListAsync<string>("select actor from event where task_no is null and from_state = 'r' and to_state = 'r'"));
        Assert.Empty(await hand.TakeAsync());
    }

    [Fact]
    public async Task What_runs_is_told_and_the_run_ends_with_its_last_report()
    {
        var run = await World.RunOfAsync("a; b; c < a b");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        Assert.Equal('r', await World.Operations.CancelRunAsync(run, "ann", default));
        Assert.Equal("r:rrc", await World.StateAsync(run));
        Assert.Equal([run], (await World.Workers.HeartbeatAsync(hand.Id, TimeSpan.FromHours(1), 2, 0, [run, 12345], default)).CancelledRuns);
        await hand.EndAsync(run, "a", 's', want: 9);
        Assert.Equal("r:src", await World.StateAsync(run));
        await hand.EndAsync(run, "b", 'c', want: 9);
        Assert.Equal("c:scc", await World.StateAsync(run));
    }

    [Theory]
    [InlineData('y')]
    [InlineData('q')]
    public async Task What_would_be_tried_again_is_cancelled_instead(char outcome)
    {
        var run = await World.RunOfAsync("a @slow");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await World.Operations.CancelRunAsync(run, "ann", default);
        await hand.EndAsync(run, "a", outcome);
        Assert.Equal("c:c", await World.StateAsync(run));
    }

    [Fact]
    public async Task What_a_lost_worker_ran_of_a_cancelled_run_is_cancelled()
    {
        var run = await World.RunOfAsync("a; b");
        var (lost, other) = (await World.WorkerAsync(), await World.WorkerAsync());
        await lost.TakeAsync(1);
        await other.TakeAsync(1);
        await World.Operations.CancelRunAsync(run, "ann", default);
        await lost.LoseAsync();
        Assert.Equal("r:cr", await World.StateAsync(run));
        await other.AdvanceAsync(0, [.. other.Held.Values.Select(a => Hand.Report(a, 'f'))]);
        Assert.Equal("c:cf", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_mapped_task_is_cancelled_with_the_elements_that_wait()
    {
        var run = await World.RunOfAsync("a; m*2 < a; sum < m");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "a", 's', "[1, 2, 3, 4]", want: 1);
        Assert.Equal('r', await World.Operations.CancelRunAsync(run, "ann", default));
        Assert.Equal("rccc", await World.ElementsAsync(run, "m"));
        await hand.EndAsync(World.Key(run, "m", 0), want: 9);
        Assert.Equal("c:scc", await World.StateAsync(run));
        Assert.Equal("sccc", await World.ElementsAsync(run, "m"));
    }

    [Fact]
    public async Task A_claim_in_flight_wins_or_loses_against_a_cancel_and_both_are_consistent()
    {
        await World.DagAsync("d", "a; b; c");
        var hand = await World.WorkerAsync();
        for (var round = 0; round < 30; round++)
        {
            var run = await World.RunAsync("d");
            var claim = Task.Run(() => hand.TakeAsync(2));
            var cancel = Task.Run(() => World.Operations.CancelRunAsync(run, "ann", default));
            var got = await claim;
            Assert.Equal(got.Count > 0 ? 'r' : 'c', await cancel);
            if (got.Count > 0)
                await hand.AdvanceAsync(0, [.. got.Select(a => Hand.Report(a, 'c'))]);
            Assert.Equal('c', (await World.StateAsync(run))[0]);
        }
    }

    [Fact]
    public async Task A_claim_that_has_not_committed_makes_the_cancel_wait_and_its_task_runs()
    {
        var run = await World.RunOfAsync("a; b");
        var hand = await World.WorkerAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var claim = World.Command(connection, "select count(*) from claim($1, '{default}', null, 1)", hand.Id))
            Assert.Equal(1L, await claim.ExecuteScalarAsync());
        var cancel = World.Operations.CancelRunAsync(run, "ann", default);
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        Assert.Equal('r', await cancel);
        Assert.Equal("r:rc", await World.StateAsync(run));
    }
}
