using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>The versions of a DAG.</content>
public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<VersionRow>> VersionsAsync(string dagId, int limit, CancellationToken cancellation) =>
        await ReadAsync("versions/list", Version, cancellation, Text(dagId), Typed(null, NpgsqlDbType.Integer), limit);

    public Task<VersionDetail?> VersionAsync(string dagId, int versionId, CancellationToken cancellation) => db.ReadAsync(
        async connection => await QueryAsync(connection, "versions/list", Version, cancellation, Text(dagId), versionId, 1) is [var version]
            ? new VersionDetail(
                version, await SpecAsync(connection, versionId, cancellation),
                (await QueryAsync(connection, "versions/before", row => row.IsDBNull(0) ? (int?)null : row.GetInt32(0), cancellation, versionId))[0])
            : null,
        cancellation);

    private static VersionRow Version(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt32(5), Time(row, 6), row.GetBoolean(7), row.GetInt32(8));
}
