using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<PoolUse>> PoolUseAsync(CancellationToken cancellation) => await ReadAsync(
        "operate/pool_use", row => new PoolUse(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3)), cancellation);

    public async Task<IReadOnlyList<LimitKeyRow>> LimitKeysAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/limit_keys", row => new LimitKeyRow(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), TimeOrNull(row, 5)), cancellation, limit);

    public async Task<IReadOnlyList<QueuedRow>> QueueAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/queue",
        row => new QueuedRow(
            Key(row), row.GetString(3), row.GetString(4), row.GetString(5), TextOrNull(row, 6), row.GetInt32(7), row.GetInt32(8), row.GetInt32(9), TimeOrNull(row, 10), TextOrNull(row, 11),
            TextOrNull(row, 12))
        {
            Turn = TextOrNull(row, 13) is { } key ? new TurnRow(key, row.GetInt32(14), row.GetInt32(15), null) : null,
        },
        cancellation, limit);

    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/waiting", row => new WaitingRow(Key(row), row.GetString(3), row.GetString(4), State(row, 5), TimeOrNull(row, 6), TextOrNull(row, 7)), cancellation, limit);

    public async Task<IReadOnlyList<QueuedRuns>> QueuedRunsAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/queued_runs",
        row => new QueuedRuns(
            row.GetString(0), row.GetBoolean(1), row.IsDBNull(2) ? null : row.GetInt64(2), row.GetBoolean(3), row.GetInt32(4), Time(row, 5), row.GetInt32(6), row.GetInt32(7)),
        cancellation, limit);

    public async Task<(int Ready, int InLine)> QueueLengthAsync(CancellationToken cancellation) =>
        (await ReadAsync("operate/queue_length", row => (row.GetInt32(0), row.GetInt32(1)), cancellation))[0];

    public async Task<IReadOnlyList<ImportErrorRow>> ImportErrorsInFullAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/import_errors",
        row => new ImportErrorRow(
            new ImportError(row.GetString(0), TextOrNull(row, 1), row.GetString(2), row.GetString(3), row.GetString(4)), Time(row, 5),
            row.IsDBNull(6) ? [] : [.. row.GetFieldValue<string[]>(6).Zip(row.GetFieldValue<string[]>(7), row.GetFieldValue<DateTimeOffset[]>(8))]),
        cancellation, limit);

    public async Task<IReadOnlyList<RunningRow>> RunningAttemptsAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "operate/running", row => new RunningRow(row.GetInt32(0), new InstanceKey(row.GetInt64(1), row.GetInt32(2), row.GetInt32(3)), row.GetString(4), row.GetString(5), row.GetInt16(6), Time(row, 7)),
        cancellation, limit);

    public Task<HealthRow> HealthAsync(CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var connections = await QueryAsync(connection, "operate/connections", row => (row.GetString(0), row.GetInt32(1), row.GetInt32(2)), cancellation);
            var tables = await QueryAsync(connection, "operate/tables", row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)), cancellation);
            return (await QueryAsync(
                connection, "operate/health",
                row => new HealthRow(
                    row.GetString(0), Time(row, 1), row.GetInt64(2), row.GetInt32(3), connections, row.GetInt32(4), Span(row, 5), Span(row, 6), TimeOrNull(row, 7), row.GetInt32(8), Time(row, 9), tables),
                cancellation))[0];
        },
        cancellation);

    private static InstanceKey Key(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2));

    private static TimeSpan? Span(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : TimeSpan.FromSeconds(row.GetDouble(column));
}
