using System.Text.Json.Nodes;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>What the scheduler asks of PostgreSQL.</summary>
public sealed class PostgresSchedulerStore(Db db) : ISchedulerStore
{
    public Task<IReadOnlyList<DueDag>> LoadDueAsync(int limit, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<DueDag>>(
        async connection => await connection.Statement("scheduler/due", limit).ListAsync(
            DueAt, cancellation).ConfigureAwait(false),
        cancellation);

    public Task<int> FireTicksAsync(IReadOnlyList<TickPlan> plans, CancellationToken cancellation)
    {
        var runs = plans.SelectMany((plan, i) => plan.Runs.Select(run => (No: i + 1, Run: run))).ToList();
        return ScalarAsync(
            "scheduler/fire_ticks", cancellation,
            plans.Select(plan => plan.Due.DagNo).ToArray(), plans.Select(plan => plan.Due.NextDue.ToDateTimeUtc()).ToArray(),
            Typed(plans.Select(plan => plan.Due.Schedule).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            Times(plans.Select(plan => plan.LastTick)), Times(plans.Select(plan => plan.NextDue)),
            runs.Select(run => run.No).ToArray(), Times(runs.Select(run => (Instant?)run.Run.ScheduledFor)),
            Times(runs.Select(run => run.Run.IntervalStart)), Times(runs.Select(run => run.Run.IntervalEnd)));
    }

    public Task<int> FollowRunsAsync(CancellationToken cancellation) => ScalarAsync("scheduler/follow_runs", cancellation);

    public Task<int> AutoPauseAsync(CancellationToken cancellation) => ScalarAsync("scheduler/auto_pause", cancellation);

    public Task TellAsync(int dagNo, string why, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("scheduler/tell", dagNo, why).ExecuteAsync(cancellation), cancellation);

    public Task<IReadOnlyList<OpenBackfill>> LoadOpenBackfillsAsync(CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<OpenBackfill>>(
        async connection => await connection.Statement("scheduler/open_backfills").ListAsync(
            row => new OpenBackfill(
                row.GetInt64(0), row.GetInt32(1), SpecJson.Read(row.GetString(2)),
                LocalDate.FromDateOnly(row.GetFieldValue<DateOnly>(3)), LocalDate.FromDateOnly(row.GetFieldValue<DateOnly>(4)),
                row.GetBoolean(5), row.GetInt32(6), InstantOrNull(row, 7), row.GetInt32(8), InstantAt(row, 9)) { VersionId = row.GetInt32(10) },
            cancellation).ConfigureAwait(false),
        cancellation);

    public Task<int> PaceBackfillAsync(
        OpenBackfill backfill, IReadOnlyList<PlannedRun> runs, Instant? cursor, bool done, CancellationToken cancellation) => ScalarAsync(
        "scheduler/pace_backfill", cancellation,
        backfill.Id, Time(backfill.Cursor), Times(runs.Select(run => (Instant?)run.ScheduledFor)), Times(runs.Select(run => run.IntervalStart)), Times(runs.Select(run => run.IntervalEnd)), Time(cursor), done);

    public Task<int> FinishBackfillsAsync(CancellationToken cancellation) => ScalarAsync("scheduler/finish_backfills", cancellation);

    public Task<int> StartAssetRunsAsync(CancellationToken cancellation) => ScalarAsync("scheduler/start_asset_runs", cancellation);

    public async Task<int> AdoptRunsAsync(int limit, CancellationToken cancellation)
    {
        var runs = await db.EngineAsync(connection => connection.Statement("upgrades/adopting", limit).ScalarAsync<long[]>(cancellation), cancellation).ConfigureAwait(false) ?? [];
        foreach (var run in runs)
            await db.EngineAsync(connection => connection.Statement("upgrades/adopt", run).ExecuteAsync(cancellation), cancellation).ConfigureAwait(false);
        return runs.Length;
    }

    public Task<int> StartRunsAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/start_runs", cancellation, limit);

    public Task<int> FireTimersAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/fire_timers", cancellation, limit);

    public Task<int> ExpireRunsAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/expire_runs", cancellation, limit);

    public Task<int> ExpireQueuedAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/expire_queued", cancellation, limit);

    public Task<int> FireDeadlinesAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/fire_deadlines", cancellation, limit);

    public Task<int> OpenGatesAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/open_gates", cancellation, limit);

    public Task<IReadOnlyList<ReadyWait>> LoadReadyWaitsAsync(int limit, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<ReadyWait>>(
        async connection => await connection.Statement("scheduler/ready_waits", limit).ListAsync(Ready, cancellation).ConfigureAwait(false), cancellation);

    public Task<int> BeginWaitsAsync(IReadOnlyList<BegunWait> waits, CancellationToken cancellation) =>
        ScalarAsync("scheduler/begin_waits", cancellation, Json(BegunWaits.Write(waits)));

    public Task<int> OpenWaitsAsync(int limit, bool all, CancellationToken cancellation) => ScalarAsync("scheduler/open_waits", cancellation, limit, all);

    public Task<int> StopChildrenAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/stop_children", cancellation, limit);

    public Task<int> AdmitAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/admit", cancellation, limit);

    public Task<int> ReclaimAsync(CancellationToken cancellation) => ScalarAsync("scheduler/reclaim", cancellation);

    public Task<SweepTurn> SweepAsync(int limit, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("scheduler/sweep", limit).ListAsync(row => new SweepTurn(row.GetInt32(0), row.GetBoolean(1)), cancellation).ConfigureAwait(false))[0],
        cancellation);

    public Task TidyAsync(CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            await connection.Statement("scheduler/make_partitions").ExecuteAsync(cancellation).ConfigureAwait(false);
            return await connection.Statement("access/forget").ExecuteAsync(cancellation).ConfigureAwait(false);
        },
        cancellation);

    public Task<TimeSpan?> NextDueAsync(CancellationToken cancellation) => db.EngineAsync<TimeSpan?>(
        async connection => await connection.Statement("scheduler/next_due").ScalarAsync<double?>(cancellation).ConfigureAwait(false) is { } seconds
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600))
            : null,
        cancellation);

    private Task<int> ScalarAsync(string query, CancellationToken cancellation, params object?[] values) =>
        db.EngineAsync(connection => connection.Statement(query, values).ScalarAsync<int>(cancellation), cancellation);

    internal static DueDag DueAt(NpgsqlDataReader row) => new(
        row.GetInt32(0), SpecJson.Read(row.GetString(1)), row.IsDBNull(2) ? null : row.GetString(2), InstantOrNull(row, 3), InstantOrNull(row, 4) ?? Instant.MaxValue, InstantAt(row, 5))
    {
        VersionId = row.GetInt32(6), Since = InstantAt(row, 7), Open = row.GetBoolean(8), Past = row.IsDBNull(9) ? [] : Past(row),
    };

    private static PastSchedule[] Past(NpgsqlDataReader row)
    {
        var (versions, specs) = (row.GetFieldValue<int[]>(9), row.GetFieldValue<string[]>(10));
        var (since, until) = (row.GetFieldValue<DateTime[]>(11), row.GetFieldValue<DateTime[]>(12));
        return [.. versions.Select((version, i) => new PastSchedule(
            version, SpecJson.Read(specs[i]), Instant.FromDateTimeUtc(since[i]), Instant.FromDateTimeUtc(until[i])))];
    }

    private static ReadyWait Ready(NpgsqlDataReader row)
    {
        var wait = SpecJson.ReadWait(row.GetString(7));
        Interval? interval = row.IsDBNull(5) || row.IsDBNull(6) ? null : new(row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6));
        var ready = new ReadyWait(
            new(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2)), wait, row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4), interval);
        return wait.Kind == WaitKind.Approval ? ready with { Evidence = row.IsDBNull(11) ? null : row.GetString(11) }
            : wait.Kind != WaitKind.Run ? ready
            : row.IsDBNull(8) ? ready with { Refused = $"there is no DAG '{wait.Dag}' of which a run could be started" }
            : row.GetBoolean(9) ? ready with { Refused = $"the DAG '{wait.Dag}' is retired: its folder is gone. Put its assembly back to start runs" }
            : Checked(ready, row.IsDBNull(10) ? null : row.GetString(10), row.IsDBNull(11) ? null : row.GetString(11), row.GetFieldValue<string[]>(12));
    }

    private static ReadyWait Checked(ReadyWait ready, string? schema, string? arguments, string[] keys)
    {
        try
        {
            Payloads.RefuseKeys(ready.Wait.Dag!, keys, arguments);
            return ready with { Arguments = RunArguments.Check(ready.Wait.Dag!, schema is null ? null : JsonNode.Parse(schema), arguments == "null" ? null : arguments) };
        }
        catch (RefusedException e)
        {
            return ready with { Refused = e.Message };
        }
    }

    private static Instant InstantAt(NpgsqlDataReader reader, int column) => Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(column));

    private static Instant? InstantOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : InstantAt(reader, column);

    private static NpgsqlParameter Time(Instant? instant) => Moment(instant?.ToDateTimeUtc());

    /// <summary>With its type: the driver would take that of an array from its first element, and a null has none.</summary>
    private static NpgsqlParameter Times(IEnumerable<Instant?> instants) => Typed(instants.Select(instant => instant?.ToDateTimeUtc()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
}
