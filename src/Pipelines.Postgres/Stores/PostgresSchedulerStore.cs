using NodaTime;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>What the scheduler asks of PostgreSQL.</summary>
public sealed class PostgresSchedulerStore(Db db) : ISchedulerStore
{
    public Task<IReadOnlyList<DueDag>> LoadDueAsync(int limit, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<DueDag>>(
        async connection =>
        {
            await using var reader = await Command(connection, "scheduler/due", limit).ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var due = new List<DueDag>();
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                due.Add(new(
                    reader.GetInt32(0), SpecJson.Read(reader.GetString(1)), reader.GetString(2), InstantOrNull(reader, 3), InstantAt(reader, 4), InstantAt(reader, 5)));
            return due;
        },
        cancellation);

    public Task<int> FireTicksAsync(
        DueDag due, IReadOnlyList<PlannedRun> runs, Instant? lastTick, Instant? nextDue, CancellationToken cancellation) => ScalarAsync(
        "scheduler/fire_ticks", cancellation,
        due.DagNo, Time(due.NextDue), due.Schedule, Times(runs, r => r.ScheduledFor), Times(runs, r => r.IntervalStart), Times(runs, r => r.IntervalEnd),
        Time(lastTick), Time(nextDue));

    public Task<IReadOnlyList<OpenBackfill>> LoadOpenBackfillsAsync(CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<OpenBackfill>>(
        async connection =>
        {
            await using var reader = await Command(connection, "scheduler/open_backfills").ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var open = new List<OpenBackfill>();
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                open.Add(new(
                    reader.GetInt64(0), reader.GetInt32(1), SpecJson.Read(reader.GetString(2)),
                    LocalDate.FromDateOnly(reader.GetFieldValue<DateOnly>(3)), LocalDate.FromDateOnly(reader.GetFieldValue<DateOnly>(4)),
                    reader.GetBoolean(5), reader.GetInt32(6), InstantOrNull(reader, 7), reader.GetInt32(8), InstantAt(reader, 9)));
            return open;
        },
        cancellation);

    public Task<int> PaceBackfillAsync(
        OpenBackfill backfill, IReadOnlyList<PlannedRun> runs, Instant? cursor, bool done, CancellationToken cancellation) => ScalarAsync(
        "scheduler/pace_backfill", cancellation,
        backfill.Id, Time(backfill.Cursor), Times(runs, r => r.ScheduledFor), Times(runs, r => r.IntervalStart), Times(runs, r => r.IntervalEnd), Time(cursor), done);

    public Task<int> FinishBackfillsAsync(CancellationToken cancellation) => ScalarAsync("scheduler/finish_backfills", cancellation);

    public Task<int> StartRunsAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/start_runs", cancellation, limit);

    public Task<int> FireTimersAsync(int limit, CancellationToken cancellation) => ScalarAsync("scheduler/fire_timers", cancellation, limit);

    public Task<int> ReclaimAsync(CancellationToken cancellation) => ScalarAsync("scheduler/reclaim", cancellation);

    public Task<int> SweepAsync(CancellationToken cancellation) => ScalarAsync("scheduler/sweep", cancellation);

    public Task MakePartitionsAsync(CancellationToken cancellation) =>
        db.EngineAsync(connection => Command(connection, "scheduler/make_partitions").ExecuteNonQueryAsync(cancellation), cancellation);

    public Task<TimeSpan?> NextDueAsync(CancellationToken cancellation) => db.EngineAsync<TimeSpan?>(
        async connection => await Command(connection, "scheduler/next_due").ExecuteScalarAsync(cancellation).ConfigureAwait(false) is double seconds
            ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, 3600))
            : null,
        cancellation);

    private Task<int> ScalarAsync(string query, CancellationToken cancellation, params object[] values) => db.EngineAsync(
        async connection => (int)(await Command(connection, query, values).ExecuteScalarAsync(cancellation).ConfigureAwait(false))!, cancellation);

    private static NpgsqlCommand Command(NpgsqlConnection connection, string name, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(Queries.All[name], connection);
        foreach (var value in values)
            command.Parameters.Add(value is DBNull ? new() { Value = value, NpgsqlDbType = NpgsqlDbType.TimestampTz } : new() { Value = value });
        return command;
    }

    private static Instant InstantAt(NpgsqlDataReader reader, int column) => Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(column));

    private static Instant? InstantOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : InstantAt(reader, column);

    private static object Time(Instant? instant) => instant is { } known ? known.ToDateTimeUtc() : DBNull.Value;

    private static DateTime[] Times(IReadOnlyList<PlannedRun> runs, Func<PlannedRun, Instant> part) => [.. runs.Select(run => part(run).ToDateTimeUtc())];
}
