using NodaTime;
using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>What the scheduler asks of PostgreSQL.</summary>
public sealed class PostgresSchedulerStore(Db db) : ISchedulerStore
{
    public Task<IReadOnlyList<DueDag>> LoadDueAsync(int limit, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<DueDag>>(
        async connection => await connection.Statement("scheduler/due", limit).ListAsync(
            row => new DueDag(row.GetInt32(0), SpecJson.Read(row.GetString(1)), row.GetString(2), InstantOrNull(row, 3), InstantAt(row, 4), InstantAt(row, 5)),
            cancellation).ConfigureAwait(false),
        cancellation);

    public Task<int> FireTicksAsync(
        DueDag due, IReadOnlyList<PlannedRun> runs, Instant? lastTick, Instant? nextDue, CancellationToken cancellation) => ScalarAsync(
        "scheduler/fire_ticks", cancellation,
        due.DagNo, Time(due.NextDue), due.Schedule, Times(runs, r => r.ScheduledFor), Times(runs, r => r.IntervalStart), Times(runs, r => r.IntervalEnd),
        Time(lastTick), Time(nextDue));

    public Task<IReadOnlyList<OpenBackfill>> LoadOpenBackfillsAsync(CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<OpenBackfill>>(
        async connection => await connection.Statement("scheduler/open_backfills").ListAsync(
            row => new OpenBackfill(
                row.GetInt64(0), row.GetInt32(1), SpecJson.Read(row.GetString(2)),
                LocalDate.FromDateOnly(row.GetFieldValue<DateOnly>(3)), LocalDate.FromDateOnly(row.GetFieldValue<DateOnly>(4)),
                row.GetBoolean(5), row.GetInt32(6), InstantOrNull(row, 7), row.GetInt32(8), InstantAt(row, 9)),
            cancellation).ConfigureAwait(false),
        cancellation);

    public Task<int> PaceBackfillAsync(
        OpenBackfill backfill, IReadOnlyList<PlannedRun> runs, Instant? cursor, bool done, CancellationToken cancellation) => ScalarAsync(
        "scheduler/pace_backfill", cancellation,
        backfill.Id, Time(backfill.Cursor), Times(runs, r => r.ScheduledFor), Times(runs, r => r.IntervalStart), Times(runs, r => r.IntervalEnd), Time(cursor), done);

    public Task<int> FinishBackfillsAsync(CancellationToken cancellation) => ScalarAsync("scheduler/finish_backfills", cancellation);

    public Task<int> StartRunsAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/start_runs", cancellation, limit);

    public Task<int> FireTimersAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/fire_timers", cancellation, limit);

    public Task<int> ExpireRunsAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/expire_runs", cancellation, limit);

    public Task<int> FireDeadlinesAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/fire_deadlines", cancellation, limit);

    public Task<int> OpenGatesAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/open_gates", cancellation, limit);

    public Task<int> AdmitAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/admit", cancellation, limit);

    public Task<int> ReclaimAsync(CancellationToken cancellation) => ScalarAsync("scheduler/reclaim", cancellation);

    public Task<int> SweepAsync(CancellationToken cancellation) => ScalarAsync("scheduler/sweep", cancellation);

    public Task MakePartitionsAsync(CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("scheduler/make_partitions").ExecuteAsync(cancellation), cancellation);

    public Task<TimeSpan?> NextDueAsync(CancellationToken cancellation) => db.EngineAsync<TimeSpan?>(
        async connection => await connection.Statement("scheduler/next_due").ScalarAsync<double?>(cancellation).ConfigureAwait(false) is { } seconds
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600))
            : null,
        cancellation);

    private Task<int> ScalarAsync(string query, CancellationToken cancellation, params object?[] values) =>
        db.EngineAsync(connection => connection.Statement(query, values).ScalarAsync<int>(cancellation), cancellation);

    private static Instant InstantAt(NpgsqlDataReader reader, int column) => Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(column));

    private static Instant? InstantOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : InstantAt(reader, column);

    private static NpgsqlParameter Time(Instant? instant) => Moment(instant?.ToDateTimeUtc());

    private static DateTime[] Times(IReadOnlyList<PlannedRun> runs, Func<PlannedRun, Instant> part) => [.. runs.Select(run => part(run).ToDateTimeUtc())];
}
