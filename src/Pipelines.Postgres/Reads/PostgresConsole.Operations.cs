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

    public async Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellation) => await ReadAsync(
        "console/workers",
        row => new WorkerRow(
            row.GetInt32(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), Time(row, 6),
            Time(row, 7), row.GetBoolean(8)),
        cancellation);

    private static LimitRow Limit(NpgsqlDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetInt32(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.IsDBNull(3) ? null : row.GetDouble(3),
        row.IsDBNull(4) ? null : row.GetInt32(4), row.GetInt32(5), row.GetInt32(6));

    private static BackfillRow Backfill(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), row.GetString(4), row.GetBoolean(5),
        row.GetInt32(6), State(row, 7), row.GetInt32(8), row.GetInt32(9), row.GetInt32(10), row.GetInt32(11), row.GetInt32(12), row.GetInt32(13),
        row.GetString(14), Time(row, 15), TimeOrNull(row, 16))
    {
        Tasks = row.IsDBNull(17) ? null : row.GetFieldValue<string[]>(17), Version = row.GetString(18), Arguments = TextOrNull(row, 19),
    };
}
