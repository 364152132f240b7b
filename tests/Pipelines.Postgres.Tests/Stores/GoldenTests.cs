using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using static Pipelines.Postgres.Tests.Stores.UpgradeTests;

namespace Pipelines.Postgres.Tests.Stores;

/// <summary>
/// What a release has left behind while runs were under way (<c>Earlier/NNN/runs.sql</c>), its worker dead for months: this program migrates it, takes back what that worker held and finishes every run.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class GoldenTests : IClassFixture<TestServer>
{
    /// <summary>What the migrations of then wrote themselves is in the dump again. Its triggers have fired then.</summary>
    private const string Clear =
        """
        set session_replication_role = replica;
        do $$ declare t text; begin
          for t in select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migration' loop
            execute format('delete from %I', t);
          end loop;
        end $$;
        """;

    /// <param name="version">The last migration of the release.</param>
    /// <param name="held">What its worker held: load of runs 3 and 4, and one element of each of run 2.</param>
    /// <param name="runs">Of DAGs that wait for their past from migration 2 on, without a slot and for child runs from 3 on.</param>
    [Theory]
    [InlineData(1, 3, 8)]
    [InlineData(2, 3, 11)]
    [InlineData(3, 3, 13)]
    [InlineData(4, 3, 13)]
    [InlineData(5, 3, 13)]
    public async Task Runs_that_a_release_left_behind_are_finished(int version, int held, int runs)
    {
        await using var db = await LeftBehindAsync(version);
        await new Migrator(db).MigrateAsync(default);
        var (scheduler, store) = (new PostgresSchedulerStore(db), new PostgresWorkerStore(db));
        Assert.Equal(held, await scheduler.ReclaimAsync(default));
        var worker = await store.RegisterAsync("new", ["default"], 10, TimeSpan.FromHours(1), null, default);
        var steps = new List<string>();
        var reports = new List<Report>();
        for (var quiet = 0; quiet < 3;)
        {
            var moved = await PassAsync(db, scheduler);
            var reply = await store.AdvanceAsync(worker, ["default"], reports, 10, default);
            Assert.Empty(reply.Fenced);
            foreach (var a in reply.Assignments)
                steps.AddRange((await store.LoadStepsAsync(a.Key, a.FirstStartedAt, default)).Select(step => $"{a.Key.RunId} {step.Name} {Encoding.UTF8.GetString(step.Output!)}"));
            quiet = moved + reports.Count + reply.Assignments.Count == 0 ? quiet + 1 : 0;
            reports = [.. reply.Assignments.Select(a => new Report(a.Key, a.Attempt, TaskState.Succeeded, "[7,8]"u8.ToArray()))];
        }

        Assert.Equal("", await OneAsync<string>(db, "select coalesce(string_agg(format('run %s: %s', run_id, state), ', ' order by run_id), '') from dag_run where state <> 's'"));
        Assert.Equal("", await OneAsync<string>(
            db, "select coalesce(string_agg(format('run %s task %s[%s]: %s', run_id, task_no, map_index, state), ', ' order by run_id, task_no), '') from task_instance where state <> 's'"));
        Assert.Equal((long)runs, await OneAsync<long>(db, "select count(*) from dag_run"));
        Assert.Equal("s", await OneAsync<string>(db, "select state::text from backfill"));
        Assert.Equal(0L, await OneAsync<long>(
            db, "select (select count(*) from timer) + (select count(*) from wait) + (select count(*) from gate) + (select count(*) from ready_queue) + (select sum(used) from pool)::bigint"));
        Assert.Equal(default, await scheduler.SweepAsync(1000, default));
        Assert.Equal("2 1", await OneAsync<string>(db, "select attempt || ' ' || lost from task_instance where run_id = 3 and task_no = 0"));
        Assert.Equal(version >= 5 ? ["3 download {\"rows\": 7}"] : [], steps);
        if (version >= 3)
            Assert.Equal("13 12", await OneAsync<string>(db, "select format('%s %s', t.output, c.parent_run) from task_instance t join dag_run c on c.run_id = 13 where t.run_id = 12 and t.task_no = 1"));
        for (var one = await OneAsync<int>(db, "select max(version_id) from dag_version"); one > 0; one--)
            Assert.NotNull(await new PostgresCatalogStore(db).LoadVersionAsync(one, default));
    }

    /// <summary>What a scheduler does, with every wait for a time over at once.</summary>
    private static async Task<int> PassAsync(Db db, PostgresSchedulerStore scheduler)
    {
        await OneAsync<object>(db, "update timer set due_at = clock_timestamp()");
        return await scheduler.StartRunsAsync(10, default) + await scheduler.FireTimersAsync(100, default) + await scheduler.OpenGatesAsync(100, default)
            + await scheduler.BeginWaitsAsync([.. (await scheduler.LoadReadyWaitsAsync(100, default)).Select(WaitPlan.Of)], default)
            + await scheduler.OpenWaitsAsync(100, all: false, default) + await scheduler.FinishBackfillsAsync(default);
    }

    private static async Task<Db> LeftBehindAsync(int version)
    {
        var db = await EarlierAsync(version);
        await OneAsync<object>(db, Clear + Text(string.Create(CultureInfo.InvariantCulture, $"Earlier/{version:000}/runs.sql")) + "reset session_replication_role;");
        return db;
    }
}
