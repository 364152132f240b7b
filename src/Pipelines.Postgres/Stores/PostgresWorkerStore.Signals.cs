using System.Text;
using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>What bodies that wait ask.</content>
public sealed partial class PostgresWorkerStore
{
    public Task<StoredSignal?> TakeSignalAsync(int workerId, InstanceKey key, short attempt, string name, int nth, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            try
            {
                return (await connection.Statement("signals/take", workerId, key.RunId, key.TaskNo, key.MapIndex, attempt, name, nth).ListAsync(
                    row => new StoredSignal(row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2))
                    {
                        TraceParent = row.IsDBNull(3) ? null : row.GetString(3),
                    }, cancellation).ConfigureAwait(false)).SingleOrDefault();
            }
            catch (PostgresException e) when (e.SqlState == "PL005")
            {
                throw new OperationCanceledException("The attempt is no longer this worker's.", e);
            }
        },
        cancellation);

    public Task SendSignalAsync(long runId, string name, byte[] json, string once, string by, string? traceParent, CancellationToken cancellation) => db.EngineAsync(
        connection => PostgresOperations.SendAsync(db.Payloads, connection, runId, new NewSignal(name) { Payload = Encoding.UTF8.GetString(json), Key = once, TraceParent = traceParent }, by, cancellation), cancellation);

    public Task<long?> OpenCallbackAsync(int workerId, InstanceKey key, short attempt, string signal, byte[] hash, TimeSpan lifetime, string? traceParent, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement("signals/open_callback", key.RunId, key.TaskNo, key.MapIndex, attempt, workerId, signal, hash, lifetime.TotalSeconds, Statements.Text(traceParent)).ScalarAsync<long?>(cancellation), cancellation);
}
