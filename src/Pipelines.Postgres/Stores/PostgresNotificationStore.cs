using System.Text.Json;
using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>The outbox in PostgreSQL.</summary>
public sealed class PostgresNotificationStore(Db db) : INotificationStore
{
    public Task<IReadOnlyList<TakenNotification>> TakeAsync(int limit, TimeSpan lease, string sender, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<TakenNotification>>(
        async connection => await connection.Statement("notifications/claim", limit, lease.TotalSeconds, sender).ListAsync(Taken, cancellation).ConfigureAwait(false), cancellation);

    public Task<char?> RecordAsync(long id, short attempt, string? error, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("notifications/record", id, attempt, Text(error)).ScalarAsync<char?>(cancellation), cancellation);

    private static TakenNotification Taken(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt16(1), row.GetString(2), row.GetFieldValue<char>(3), row.GetString(4), row.GetInt64(5), TextOrNull(row, 6), row.IsDBNull(7) ? null : row.GetInt16(7),
        row.GetFieldValue<DateTimeOffset>(8), row.GetFieldValue<DateTimeOffset>(9), TextOrNull(row, 10), TextOrNull(row, 11),
        TextOrNull(row, 12) is { } failures ? JsonSerializer.Deserialize<TaskFailure[]>(failures, JsonSerializerOptions.Web)! : [])
    {
        TraceParent = TextOrNull(row, 13),
    };

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
