using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <content>Locks and rates of bodies.</content>
public sealed partial class PostgresWorkerStore
{
    public Task<LockAnswer?> TakeLockAsync(
        int workerId, InstanceKey key, short attempt, string name, Guid asked, TimeSpan lease, TimeSpan patience, CancellationToken cancellation) => db.EngineAsync<LockAnswer?>(
        async connection =>
        {
            try
            {
                return (await connection.Statement(
                    "locks/take", workerId, key.RunId, key.TaskNo, key.MapIndex, attempt, name, asked, lease.TotalSeconds, patience.TotalSeconds).ListAsync(
                    row => new LockAnswer(row.IsDBNull(0) ? null : row.GetInt64(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetString(2)), cancellation).ConfigureAwait(false))[0];
            }
            catch (PostgresException e) when (e.SqlState == "PL011")
            {
                return null;
            }
            catch (PostgresException e) when (e.SqlState == "PL014")
            {
                throw new FailTaskException($"This attempt has the lock '{name}' already, and would wait for itself. Take it once, and pass it on.");
            }
        },
        cancellation);

    public Task<bool> RenewLockAsync(string name, long token, TimeSpan lease, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("locks/renew", name, token, lease.TotalSeconds).ScalarAsync<bool>(cancellation), cancellation);

    public Task ReleaseLockAsync(string name, long token, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("locks/release", name, token).ExecuteAsync(cancellation), cancellation);

    public Task LeaveLineAsync(Guid asked, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("locks/leave", asked).ExecuteAsync(cancellation), cancellation);

    public Task<RateAnswer> TakeRateAsync(string name, string key, Rate rate, TimeSpan ahead, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("locks/rate", name, key, rate.Starts, rate.Per.TotalSeconds, rate.Burst, ahead.TotalSeconds).ListAsync(
            row => new RateAnswer(row.GetBoolean(0), row.GetDouble(1)), cancellation).ConfigureAwait(false))[0],
        cancellation);
}
