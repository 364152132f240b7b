using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>
/// The one order of locks. While somebody holds what a statement locks first, nothing that comes after it in the order may be locked by the
/// statement: else two of them could wait for each other.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LockTests(World world) : EngineTest(world)
{
    [Theory]
    [InlineData("advance")]
    [InlineData("reclaim")]
    [InlineData("fire_timers")]
    [InlineData("fire_deadlines")]
    [InlineData("open_gates")]
    [InlineData("expire_runs")]
    [InlineData("start_runs")]
    [InlineData("stop_run")]
    [InlineData("clear_tasks")]
    [InlineData("mark_tasks")]
    [InlineData("mark_run")]
    public async Task Runs_are_locked_ascending_and_before_everything_in_them(string statement)
    {
        var (runs, hand) = await MixedAsync();
        await World.ExecuteAsync("update worker set lease_until = clock_timestamp() - interval '1 second'");
        // The later run is overdue for longer: the order of deadlines is not that of the runs.
        await World.ExecuteAsync("update dag_run set deadline_at = clock_timestamp() - make_interval(hours => run_id::int) where state = 'r'");
        await World.ExecuteAsync("insert into deadline select run_id, -1, 'on-call', clock_timestamp() - make_interval(hours => run_id::int) from dag_run where state = 'r'");
        var first = statement == "start_runs" ? runs[2] : runs[0];
        await using var holder = await World.Db.OpenAsync(default);
        await using var transaction = await holder.BeginTransactionAsync();
        await LockAsync(holder, "dag_run where run_id = $1", first);
        var call = CallAsync(statement, runs, hand);
        await Until.BlockedAsync(World, 1);
        await LockAsync(holder, "dag_run where run_id <> $1", first);
        foreach (var later in (string[])["pool", "ready_queue", "timer", "gate", "deadline", "task_instance"])
            await LockAsync(holder, later);
        await transaction.CommitAsync();
        await call;
    }

    [Theory]
    [InlineData("begin_waits")]
    [InlineData("open_waits")]
    public async Task Waits_begin_and_end_with_their_runs_locked_ascending_and_before_everything_in_them(string statement)
    {
        await World.DagAsync("child", "work");
        await World.DagAsync(Graph.Parse("d", "w; b < w").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "child" }));
        var runs = await World.RunsAsync("d", 2);
        if (statement == "open_waits")
        {
            Assert.Equal(2, await World.BeginWaitsAsync());
            foreach (var child in await World.ListAsync<long>("select run_id from dag_run where parent_run is not null"))
                await World.Operations.CancelRunAsync(child, "ann", default);
        }

        await using var holder = await World.Db.OpenAsync(default);
        await using var transaction = await holder.BeginTransactionAsync();
        await LockAsync(holder, "dag_run where run_id = $1", runs[0]);
        var call = statement == "begin_waits" ? World.BeginWaitsAsync() : World.Scheduler.OpenWaitsAsync(9, all: false, default);
        await Until.BlockedAsync(World, 1);
        await LockAsync(holder, "dag_run where run_id <> $1", runs[0]);
        foreach (var later in (string[])["ready_queue", "timer", "wait", "task_instance"])
            await LockAsync(holder, later);
        if (statement == "begin_waits")
            await Assert.ThrowsAsync<PostgresException>(() => LockAsync(holder, "dag where dag_id = 'child'"));   // that comes first
        else
            await transaction.CommitAsync();
        await transaction.DisposeAsync();
        Assert.Equal(2, await call);
    }

    [Theory]
    [InlineData("start_runs")]
    [InlineData("pace_backfill")]
    [InlineData("cancel_backfill")]
    public async Task A_dag_is_locked_before_its_backfills_and_runs(string statement)
    {
        var (runs, hand) = await MixedAsync();
        await using var holder = await World.Db.OpenAsync(default);
        await using var transaction = await holder.BeginTransactionAsync();
        await LockAsync(holder, "dag");
        var call = CallAsync(statement, runs, hand);
        await Until.BlockedAsync(World, 1);
        await LockAsync(holder, "backfill");
        await LockAsync(holder, "dag_run");
        await transaction.CommitAsync();
        await call;
    }

    [Fact]
    public async Task Dags_that_are_due_together_are_locked_ascending_whatever_order_they_come_in()
    {
        foreach (var id in new[] { "d", "e" })
        {
            var dag = await World.DagAsync(id, "a", cron: "0 0 * * *");
            await World.Catalog.PlanAsync(dag.DagNo, dag.VersionId, new SchedulePlan("daily", "daily"), default);
        }

        var due = (await World.Scheduler.LoadDueAsync(10, default)).OrderByDescending(dag => dag.DagNo).ToList();
        await using var holder = await World.Db.OpenAsync(default);
        await using var transaction = await holder.BeginTransactionAsync();
        await LockAsync(holder, "dag where dag_no = $1", (long)due[1].DagNo);
        var call = World.Scheduler.FireTicksAsync([.. due.Select(dag => new TickPlan(dag, Planned.Days(2, 1), Planned.Day(2), null))], default);
        await Until.BlockedAsync(World, 1);
        await LockAsync(holder, "dag");
        await transaction.CommitAsync();
        Assert.Equal(2, await call);
    }

    [Fact]
    public async Task A_worker_whose_call_is_under_way_is_reclaimed_after_it_with_what_it_was_given()
    {
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var advance = World.Command(connection, "select count(*) from advance($1, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1)", hand.Id))
            Assert.Equal(1L, await advance.ExecuteScalarAsync());
        Assert.Equal(0, await hand.LoseAsync());
        await transaction.CommitAsync();
        Assert.Equal("r:r", await World.StateAsync(run));
        Assert.Equal(1, await World.Scheduler.ReclaimAsync(default));
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_worker_that_asks_what_it_runs_is_told_also_of_what_a_call_under_way_gives_it()
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        await using var connection = await World.Db.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var advance = World.Command(connection, "select count(*) from advance($1, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1)", hand.Id))
            Assert.Equal(1L, await advance.ExecuteScalarAsync());
        var asking = World.Workers.LoadMineAsync(hand.Id, default);
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        Assert.Single((await asking).Assignments);
    }

    /// <summary>Two runs with a task that runs, one that is queued, one at its gate and one whose retry is due; two queued runs; a backfill.</summary>
    private async Task<(long[] Runs, Hand Hand)> MixedAsync()
    {
        await World.DagAsync("d", "a @slow ^9; retry @slow ^9; queued @slow; past%", maxActive: 2, cron: "@daily");
        await World.Operations.SetPoolAsync("slow", 4, "test", default);
        var runs = await World.RunsAsync("d", 2);
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.AdvanceAsync(0, [.. runs.Select(run => Hand.Report(hand.Assignment(run, "retry"), 'y'))]);
        Assert.Equal(["r:ryqw", "r:ryqw"], [await World.StateAsync(runs[0]), await World.StateAsync(runs[1])]);
        long[] queued = [await World.QueueRunAsync("d"), await World.QueueRunAsync("d")];
        await World.ExecuteAsync("update dag_version set max_active_runs = 9");
        await World.Operations.CreateBackfillAsync(new NewBackfill("d", new(2025, 1, 1), new(2025, 1, 9), "missing", false, 1, 9), "test", default);
        return ([.. runs, .. queued], hand);
    }

    private async Task CallAsync(string statement, long[] runs, Hand hand)
    {
        switch (statement)
        {
            case "advance":
                await hand.AdvanceAsync(9, Hand.Report(hand.Assignment(runs[1], "a"), 's'), Hand.Report(hand.Assignment(runs[0], "a"), 's'));
                break;
            case "reclaim":
                Assert.Equal(2, await World.Scheduler.ReclaimAsync(default));
                break;
            case "fire_timers":
                Assert.Equal(2, await World.Scheduler.FireTimersAsync(9, default));
                break;
            case "fire_deadlines":
                Assert.Equal(2, await World.Scheduler.FireDeadlinesAsync(9, default));
                break;
            case "open_gates":
                Assert.Equal(2, await World.Scheduler.OpenGatesAsync(9, default));
                break;
            case "expire_runs":
                Assert.Equal(2, await World.Scheduler.ExpireRunsAsync(9, default));
                break;
            case "start_runs":
                Assert.Equal(2, await World.Scheduler.StartRunsAsync(9, default));
                break;
            case "stop_run":
                await World.Operations.CancelRunAsync(runs[0], "ann", default);
                break;
            case "clear_tasks":
                await World.ExecuteAsync("select clear_tasks($1, '{0,1,2,3}', '{-1,-1,-1,-1}', 'ann', null)", runs[0]);
                break;
            case "mark_tasks":
                await World.ExecuteAsync("select mark_tasks($1, '{0,1,2,3}', '{-1,-1,-1,-1}', 's', 'ann', null)", runs[0]);
                break;
            case "mark_run":
                await World.Operations.MarkRunAsync(runs[0], 'f', "ann", default);
                break;
            case "pace_backfill":
                var open = Assert.Single(await World.Scheduler.LoadOpenBackfillsAsync(default));
                Assert.Equal(3, await World.Scheduler.PaceBackfillAsync(open, Planned.Days(2, 3), Planned.Day(4), false, default));
                break;
            default:
                await World.ExecuteAsync("select cancel_backfill(backfill_id, true, 'ann') from backfill");
                break;
        }
    }

    /// <summary>Locks rows if nobody else has, and fails if somebody does.</summary>
    private static async Task LockAsync(NpgsqlConnection holder, string rows, params object[] values)
    {
        await using var command = World.Command(holder, $"select 1 from {rows} for no key update nowait", values);
        await command.ExecuteNonQueryAsync();
    }
}
