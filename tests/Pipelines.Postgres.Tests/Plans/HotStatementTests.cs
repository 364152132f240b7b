using System.Runtime.Versioning;
using Npgsql;
using NpgsqlTypes;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres.Tests.Plans;

/// <summary>What the engine and the console ask all the time costs what is going on, not what has ever been: with and without statistics.</summary>
[SupportedOSPlatform("linux")]
public sealed class HotStatementTests(MillionInstances store) : IClassFixture<MillionInstances>
{
    private static readonly string[] Default = ["default"];

    [Fact]
    public async Task Nothing_hot_reads_the_history()
    {
        var wrong = new List<string>();
        await CheckAsync("not analysed", wrong);
        await store.World.ExecuteAsync("analyze");
        await CheckAsync("analysed", wrong);
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    private async Task CheckAsync(string how, List<string> wrong)
    {
        foreach (var (name, most, engine, statement) in Hot())
        {
            var reads = await (engine
                ? store.World.Db.EngineAsync(connection => Reads.OfAsync(connection, statement), default)
                : store.World.Db.ReadAsync(connection => Reads.OfAsync(connection, statement), default));
            var plans = string.Join("\n", reads.Plans.Select(plan => plan.Length > 6_000 ? plan[..6_000] : plan));
            foreach (var (table, rows) in reads.Rows.Where(table => table.Value > most))
                wrong.Add($"{name}, {how}: looks at {rows} rows of {table}; {most} is the limit.\n{plans}");
            foreach (var plan in engine ? reads.WholeScans() : [])       // a page may scan a table that is small; the rows judge
                wrong.Add($"{name}, {how}: reads a table from end to end.\n{plan}");
        }
    }

    private IEnumerable<(string Name, long Most, bool Engine, Func<NpgsqlConnection, NpgsqlCommand> Statement)> Hot()
    {
        var held = store.Worker.Held.Values.Where(a => a.VersionId == store.Diamond.VersionId).ToList();
        var (run, old) = (held[0].Key.RunId, store.OldRun);
        yield return Engine("advance, nothing to report", 2_500, c => Advance(c, 0, 10));
        yield return Engine("advance, one report", 2_500, c => Advance(c, 1, 1));
        yield return Engine("advance, ten reports", 2_500, c => Advance(c, 10, 20));
        yield return Engine("advance, ten reports and no wish", 1_000, c => Advance(c, 10, 0));
        yield return Engine("worker/mine", 8_000, c => c.Statement("worker/mine", store.Worker.Id));
        yield return Engine("worker/outputs", 50, c => c.Statement("worker/outputs", new[] { old }, new[] { 0 }, new[] { -1 }));
        yield return Engine("worker/heartbeat", 50, c => c.Statement("worker/heartbeat", store.Worker.Id, 15.0, 1, 0, new[] { run }));
        yield return Engine("scheduler/due", 50, c => c.Statement("scheduler/due", 100));
        yield return Engine("scheduler/follow_runs", 50, c => c.Statement("scheduler/follow_runs"));
        yield return Engine("scheduler/auto_pause", 50, c => c.Statement("scheduler/auto_pause"));
        yield return Engine("scheduler/next_due", 50, c => c.Statement("scheduler/next_due"));
        yield return Engine("scheduler/start_asset_runs", 50, c => c.Statement("scheduler/start_asset_runs"));
        yield return Engine("scheduler/start_runs, none may start", 3_000, c => c.Statement("scheduler/start_runs", 100));
        yield return Engine("scheduler/fire_timers, none due", 50, c => c.Statement("scheduler/fire_timers", 1_000));
        yield return Engine("scheduler/expire_runs, none late", 50, c => c.Statement("scheduler/expire_runs", 100));
        yield return Engine("scheduler/open_gates", 50, c => c.Statement("scheduler/open_gates", 100));
        yield return Engine("scheduler/ready_waits, none", 50, c => c.Statement("scheduler/ready_waits", 1_000));
        yield return Engine("scheduler/open_waits, none", 50, c => c.Statement("scheduler/open_waits", 1_000, false));
        yield return Engine("scheduler/open_backfills", 50, c => c.Statement("scheduler/open_backfills"));
        yield return Engine("scheduler/finish_backfills", 50, c => c.Statement("scheduler/finish_backfills"));
        yield return Engine("scheduler/reclaim, nobody lost", 50, c => c.Statement("scheduler/reclaim"));
        yield return Engine("worker/leave", 10_000, c => c.Statement("worker/leave", store.Worker.Id));
        yield return Engine("scheduler/sweep", 35_000, c => c.Statement("scheduler/sweep", 1_000));
        yield return Engine("operations/newest_run", 10, c => c.Statement("operations/newest_run"));
        yield return Console("console/dags", 200, c => c.Statement("console/dags"));
        yield return Console("console/dag_events", 50, c => c.Statement("console/dag_events", store.Diamond.DagNo, 20));
        yield return Console("console/grid_runs", 1_000, c => c.Statement(
            "console/grid_runs", store.Diamond.DagNo, "diamond", Moment(null), 50, Text(null), Text(null), 50));
        yield return Console("console/grid_runs, of a state that is rare", 5_000, c => c.Statement(
            "console/grid_runs", store.Diamond.DagNo, "diamond", Moment(null), 50, Text(null), Text("c"), 1_500));
        yield return Console("home/lines", 200, c => c.Statement("home/lines"));
        yield return Console("home/figures", 45_000, c => c.Statement("home/figures", Moment(DateTime.UnixEpoch), Typed(null, NpgsqlDbType.Array | NpgsqlDbType.Text)));
        yield return Console("home/failures", 200, c => c.Statement("home/failures", Moment(DateTime.UnixEpoch), Typed(null, NpgsqlDbType.Array | NpgsqlDbType.Text)));
        yield return Console("home/side", 200, c => c.Statement("home/side"));
        yield return Console("home/pulse", 10_000, c => c.Statement("home/pulse"));
        yield return Console("runlist/of_dag", 300, c => c.Statement(
            "runlist/of_dag", Text(null), Text(null), Moment(null), Moment(null), Moment(null), Typed(null, NpgsqlDbType.Bigint), 100, Text("diamond"), 20_000, Typed(null, NpgsqlDbType.Bigint)));
        yield return Console("history/runs", 1_500, c => c.Statement("history/runs", Text("diamond"), Text("c"), Moment(null), 60));
        yield return Console("history/states", 50, c => c.Statement("history/states", old));
        yield return Console("console/runs", 300, c => c.Statement("console/runs", Text(null), 50));
        yield return Console("console/runs_of_dag", 300, c => c.Statement("console/runs_of_dag", Text(null), 50, "diamond"));
        yield return Console("console/run", 10, c => c.Statement("console/run", old));
        yield return Console("console/instances", 50, c => c.Statement("console/instances", old, Text(null), -1, -1, Typed(null, NpgsqlDbType.Integer)));
        yield return Console("console/run_events", 50, c => c.Statement("console/run_events", old, 100));
        yield return Console("console/attempts", 50, c => c.Statement("console/attempts", old, 0, -1));
        yield return Console("logs/head", 50, c => c.Statement("logs/head", old, 0, -1, (short)1));
        yield return Console("logs/window", 50, c => c.Statement("logs/window", old, 0, -1, (short)1, 0, 100));
        yield return Console("logs/window_of_level", 50, c => c.Statement("logs/window_of_level", old, 0, -1, (short)1, 2, 0, 100));
        yield return Console("logs/forward", 50, c => c.Statement("logs/forward", old, 0, -1, (short)1, 0, 1, 24));
        yield return Console("tasks/instance", 50, c => c.Statement("tasks/instance", old, "none", -1));
        yield return Console("tasks/elements", 50, c => c.Statement("tasks/elements", old, 0, Text(null), 0, 100));
        yield return Console("tasks/last_good", 300, c => c.Statement("tasks/last_good", old, "none", -1));
        yield return Console("console/pools", 3_000, c => c.Statement("console/pools"));

        NpgsqlCommand Advance(NpgsqlConnection connection, int reports, int want)
        {
            var some = held.Take(reports).ToList();
            return connection.Statement(
                "worker/advance", store.Worker.Id, Default,
                some.Select(a => a.Key.RunId).ToArray(), some.Select(a => a.Key.TaskNo).ToArray(), some.Select(a => a.Key.MapIndex).ToArray(),
                some.Select(a => a.Attempt).ToArray(), some.Select(_ => "s").ToArray(),
                Typed(some.Select(_ => "1").ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb),
                some.Select(_ => 0.0).ToArray(),
                Typed(new string?[reports], NpgsqlDbType.Array | NpgsqlDbType.Text),
                Typed(new string?[reports], NpgsqlDbType.Array | NpgsqlDbType.Jsonb),
                want);
        }
    }

    private static (string, long, bool, Func<NpgsqlConnection, NpgsqlCommand>) Engine(string name, long most, Func<NpgsqlConnection, NpgsqlCommand> statement) =>
        (name, most, true, statement);

    private static (string, long, bool, Func<NpgsqlConnection, NpgsqlCommand>) Console(string name, long most, Func<NpgsqlConnection, NpgsqlCommand> statement) =>
        (name, most, false, statement);
}
