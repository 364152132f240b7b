using System.Text.Json;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresOperations
{
    private const int MaxExtra = 64_000;

    public Task<long> UpdateAssetAsync(string name, string? extra, Actor by, CancellationToken cancellation)
    {
        if (extra is not null)
            CheckExtra(extra);
        return InTransactionAsync(
            new Act(by, "update", "asset", name),
            async connection => await connection.Statement("operations/update_asset", name, Json(db.Payloads.Encode(extra)), Text(by.Why), by.Name).ScalarAsync<long?>(cancellation).ConfigureAwait(false)
                ?? throw new RefusedException(UnknownName.Message(
                    "asset", name, await connection.Statement("operations/asset_names").ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false))),
            cancellation);
    }

    private static void CheckExtra(string extra)
    {
        if (extra.Length > MaxExtra)
            throw new RefusedException($"the extra has {extra.Length:N0} characters, over the limit of {MaxExtra:N0}. Put the data elsewhere, and its place into the extra");
        try
        {
            GivenJson.Parse(extra);
        }
        catch (JsonException e)
        {
            throw new RefusedException($"the extra is not JSON: {e.Message.TrimEnd('.')}. Write it like {{\"rows\": 3}}, a text in double quotes");
        }
    }
}
