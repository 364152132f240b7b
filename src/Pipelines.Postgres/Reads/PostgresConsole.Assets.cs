using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<AssetRow>> AssetsAsync(CancellationToken cancellation) => await ReadAsync("console/assets", Asset, cancellation, Text(null));

    public Task<AssetDetail?> AssetAsync(string name, int updates, CancellationToken cancellation) => db.ReadAsync(
        async connection => await QueryAsync(connection, "console/assets", Asset, cancellation, Text(name)) is [var asset]
            ? new AssetDetail(
                asset,
                await QueryAsync(
                    connection,
                    "console/asset_waits",
                    row => new AssetWait(row.GetString(0), row.GetBoolean(1), SpecJson.ReadAssets(row.GetString(2)), row.GetFieldValue<string[]>(3)), cancellation, Text(name)),
                await QueryAsync<(AssetUpdate, IReadOnlyList<long>)>(
                    connection, "console/asset_updates", row => (Update(row), row.GetFieldValue<long[]>(9)), cancellation, Text(name), updates))
            : null,
        cancellation);

    /// <summary>From the columns in which every statement that reads updates gives them.</summary>
    internal static AssetUpdate Stored(NpgsqlDataReader row) => new(row.GetString(0), Time(row, 1))
    {
        DagId = TextOrNull(row, 2), RunId = row.IsDBNull(3) ? null : row.GetInt64(3), TaskId = TextOrNull(row, 4),
        By = TextOrNull(row, 5), Why = TextOrNull(row, 6), Extra = TextOrNull(row, 7),
    };

    private AssetUpdate Update(NpgsqlDataReader row) => Stored(row) with { Extra = Payload(row, 7) };

    private static AssetRow Asset(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetFieldValue<string[]>(1), row.GetFieldValue<string[]>(2), TimeOrNull(row, 3), row.IsDBNull(4) ? null : row.GetInt64(4), TextOrNull(row, 5));
}
