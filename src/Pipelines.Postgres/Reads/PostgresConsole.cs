using System.Collections.Concurrent;
using Npgsql;
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
        async connection => (await QueryAsync(connection, "console/now", row => Time(row, 0), cancellation))[0], cancellation);

    private static object[] Of(InstanceKey key) => [key.RunId, key.TaskNo, key.MapIndex];

    private static DateTimeOffset Time(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : Time(row, column);

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    /// <summary>What an author's code has handed over, as far as it can be read here.</summary>
    private string? Payload(NpgsqlDataReader row, int column) => db.Payloads.Read(TextOrNull(row, column));

    private static char State(NpgsqlDataReader row, int column) => row.GetFieldValue<char>(column);

    private static char? StateOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : State(row, column);

    private static Task<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values) =>
        connection.Statement(name, values).ListAsync(read, cancellation);

    private Task<List<T>> ReadAsync<T>(string name, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values) =>
        db.ReadAsync(connection => QueryAsync(connection, name, read, cancellation, values), cancellation);

    private async Task<DagSpec> SpecAsync(NpgsqlConnection connection, int versionId, CancellationToken cancellation)
    {
        if (_specs.TryGetValue(versionId, out var known))
            return known;
        var json = await QueryAsync(connection, "console/spec", row => row.GetString(0), cancellation, versionId);
        if (_specs.Count >= CachedVersions)
            _specs.Clear();
        return _specs[versionId] = SpecJson.Read(json[0]);
    }
}
