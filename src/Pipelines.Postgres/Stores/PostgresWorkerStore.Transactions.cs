using System.Data.Common;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <content>SQL of bodies.</content>
public sealed partial class PostgresWorkerStore
{
    /// <summary>Which database this store is in; asked for once.</summary>
    private string? _place;

    public async Task<TransactionAnswer> TransactAsync(TransactionCall call, Func<DbConnection, DbTransaction, Task<byte[]>> body, CancellationToken cancellation) =>
        await new AuthorTransaction(db, call, body).RunAsync(_place ??= await PlaceAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    private Task<string> PlaceAsync(CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("transactions/place").ScalarAsync<string>(cancellation).ConfigureAwait(false))!, cancellation);
}
