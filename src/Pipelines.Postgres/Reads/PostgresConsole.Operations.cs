using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<BackfillRow>> BackfillsAsync(string? dagId, int limit, CancellationToken cancellation) =>
        await ReadAsync("console/backfills", Backfill, cancellation, Text(dagId), Typed(null, NpgsqlDbType.Bigint), limit);

    public async Task<BackfillRow?> BackfillAsync(long id, CancellationToken cancellation) =>
        (await ReadAsync("console/backfills", Backfill, cancellation, Text(null), id, 1)).FirstOrDefault();

    public async Task<double?> TypicalRunAsync(string dagId, CancellationToken cancellation) =>
        (await ReadAsync<double?>("console/typical_run", row => row.IsDBNull(0) ? null : row.GetDouble(0), cancellation, dagId))[0];

    public async Task<IReadOnlyList<PoolRow>> PoolsAsync(CancellationToken cancellation) => await ReadAsync(
        "console/pools", row => new PoolRow(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)), cancellation);

    public async Task<IReadOnlyList<LimitRow>> LimitsAsync(CancellationToken cancellation) => await ReadAsync("console/limits", Limit, cancellation);

    public async Task<LimitLine?> LimitLineAsync(InstanceKey key, CancellationToken cancellation) => (await ReadAsync(
        "console/limit_line",
        row => new LimitLine(Limit(row), row.GetString(7), TimeOrNull(row, 8), row.GetInt32(9), row.GetFieldValue<string[]>(10)),
        cancellation, key.RunId, key.TaskNo, key.MapIndex)).FirstOrDefault();

    public async Task<TurnRow?> TurnAsync(InstanceKey key, CancellationToken cancellation) => (await ReadAsync(
        "console/turn", row => new TurnRow(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)), cancellation, key.RunId, key.TaskNo, key.MapIndex)).FirstOrDefault();

    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellation) => await ReadAsync(
        "console/workers",
        row => new WorkerRow(
            row.GetInt32(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), Time(row, 6),
            Time(row, 7), row.GetBoolean(8)) { Draining = row.GetBoolean(9), StoppedAt = TimeOrNull(row, 10) },
        cancellation);

    public async Task<IReadOnlyList<NotificationRow>> NotificationsAsync(long? runId, bool failed, int limit, CancellationToken cancellation) => await ReadAsync(
        "notifications/list", Notification, cancellation, Typed(null, NpgsqlDbType.Bigint), Typed(runId, NpgsqlDbType.Bigint), failed, limit);

    public async Task<NotificationRow?> NotificationAsync(long id, CancellationToken cancellation) => (await ReadAsync(
        "notifications/list", Notification, cancellation, id, Typed(null, NpgsqlDbType.Bigint), false, 1)).FirstOrDefault();

    public async Task<IReadOnlyList<NotificationTry>> NotificationTriesAsync(long id, CancellationToken cancellation) => await ReadAsync(
        "notifications/tries", row => new NotificationTry(row.GetInt16(0), Time(row, 1), row.GetString(2), TimeOrNull(row, 3), TextOrNull(row, 4)), cancellation, id);

    private static NotificationRow Notification(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), State(row, 2), row.GetString(3), row.GetInt64(4), TextOrNull(row, 5), row.IsDBNull(6) ? null : row.GetInt16(6), Time(row, 7),
        State(row, 8), row.GetInt16(9), row.GetInt16(10), Time(row, 11), TimeOrNull(row, 12), TextOrNull(row, 13));

    private static LimitRow Limit(NpgsqlDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.IsDBNull(3) ? null : row.GetDouble(3),
        row.IsDBNull(4) ? null : row.GetInt32(4), row.GetInt32(5), row.GetInt32(6));

    private BackfillRow Backfill(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), row.GetString(4), row.GetBoolean(5),
        row.GetInt32(6), State(row, 7), row.GetInt32(8), row.GetInt32(9), row.GetInt32(10), row.GetInt32(11), row.GetInt32(12), row.GetInt32(13),
        row.GetString(14), Time(row, 15), TimeOrNull(row, 16))
    {
        Tasks = row.IsDBNull(17) ? null : row.GetFieldValue<string[]>(17), Version = row.GetString(18), Arguments = Payload(row, 19),
    };
}
