using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>What pages and the CLI read, from PostgreSQL.</summary>
public sealed partial class PostgresConsole(Db db) : IConsole
{
    /// <summary>Versions never change once stored, so what was parsed stays true; past this many the caches start again.</summary>
    private const int CachedVersions = 1000;

    private readonly ConcurrentDictionary<int, DagSpec> _specs = new();
    private readonly ConcurrentDictionary<int, GridTask[]> _tasks = new();

    public Task<DateTimeOffset> NowAsync(CancellationToken cancellation) => db.ReadAsync(
        async connection => (await QueryAsync(connection, "now", row => Time(row, 0), cancellation))[0], cancellation);

    private static NpgsqlParameter<T> P<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Number(long? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter Instant(DateTimeOffset? value) =>
        new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static NpgsqlParameter[] Of(InstanceKey key) => [P(key.RunId), P(key.TaskNo), P(key.MapIndex)];

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Time(row, column);

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static char State(NpgsqlDataReader row, int column) => row.GetFieldValue<char>(column);

    private static char? StateOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : State(row, column);

    private static async Task<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(Queries.All[$"console/{name}"], connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }

    private Task<List<T>> ReadAsync<T>(string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params NpgsqlParameter[] parameters) =>
        db.ReadAsync(connection => QueryAsync(connection, name, read, cancellation, parameters), cancellation);

    private async Task<DagSpec> SpecAsync(NpgsqlConnection connection, int versionId, CancellationToken cancellation)
    {
        if (_specs.TryGetValue(versionId, out var known))
            return known;
        var json = await QueryAsync(connection, "spec", row => row.GetString(0), cancellation, P(versionId));
        if (_specs.Count >= CachedVersions)
            _specs.Clear();
        return _specs[versionId] = SpecJson.Read(json[0]);
    }
}
