using System.Text;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>What workers ask of PostgreSQL: one statement a call.</summary>
public sealed partial class PostgresWorkerStore(Db db) : IWorkerStore, ILogStore
{
    public Task<int> RegisterAsync(string name, IReadOnlyList<string> queues, int slots, TimeSpan lease, int? continues, CancellationToken cancellation) =>
        db.EngineAsync(
            connection => connection.Statement("worker/register", name, queues.ToArray(), slots, lease.TotalSeconds, Typed(continues, NpgsqlDbType.Integer)).ScalarAsync<int>(cancellation), cancellation);

    public Task<HeartbeatReply> HeartbeatAsync(
        int workerId, TimeSpan lease, int busy, int stuck, IReadOnlyCollection<long> runs, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("worker/heartbeat", workerId, lease.TotalSeconds, busy, stuck, runs.ToArray()).ListAsync(
            row => new HeartbeatReply(row.GetBoolean(0), row.IsDBNull(1) ? [] : row.GetFieldValue<long[]>(1)) { Draining = !row.IsDBNull(2) && row.GetBoolean(2) }, cancellation).ConfigureAwait(false))[0],
        cancellation);

    public Task<AdvanceReply> AdvanceAsync(
        int workerId, IReadOnlyList<string> queues, IReadOnlyList<Report> reports, int want, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            var command = connection.Statement(
                "worker/advance", workerId, queues.ToArray(),
                reports.Select(r => r.Key.RunId).ToArray(), reports.Select(r => r.Key.TaskNo).ToArray(), reports.Select(r => r.Key.MapIndex).ToArray(),
                reports.Select(r => r.Attempt).ToArray(), reports.Select(r => r.Outcome.ToString()).ToArray(),
                Typed(reports.Select(r => Text(r.Encoded ?? r.Output)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb),
                reports.Select(r => r.DelaySeconds).ToArray(),
                Typed(reports.Select(r => r.Why).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
                Typed(reports.Select(r => r.Detail).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb),
                want);
            try
            {
                return await ReadAsync(command, cancellation).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
            {
                // Class 22, data exception: JSON that .NET takes and jsonb does not, such as a number too large or half a character.
                throw new DataRefusedException(e.MessageText, e);
            }
        },
        cancellation);

    public Task<AdvanceReply> LoadMineAsync(int workerId, CancellationToken cancellation) =>
        db.EngineAsync(connection => ReadAsync(connection.Statement("worker/mine", workerId), cancellation), cancellation);

    public Task<IReadOnlyList<StoredOutput>> LoadOutputsAsync(IReadOnlyCollection<InstanceKey> upstreams, CancellationToken cancellation) =>
        db.EngineAsync<IReadOnlyList<StoredOutput>>(
            async connection => await connection.Statement(
                "worker/outputs", upstreams.Select(k => k.RunId).ToArray(), upstreams.Select(k => k.TaskNo).ToArray(), upstreams.Select(k => k.MapIndex).ToArray()).ListAsync(
                row => new StoredOutput(new(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2)), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)),
                cancellation).ConfigureAwait(false),
            cancellation);

    public Task<IReadOnlyList<string>> LoadKeyArgumentsAsync(IReadOnlyList<string> dagIds, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<string>>(
        async connection => await connection.Statement("children/key_arguments", [dagIds.ToArray()]).ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false), cancellation);

    public Task<IReadOnlyList<StoredFailure>> LoadFailuresAsync(long runId, int? taskNo, CancellationToken cancellation) =>
        db.EngineAsync<IReadOnlyList<StoredFailure>>(
            async connection => await connection.Statement("worker/failures", runId, Typed(taskNo, NpgsqlDbType.Integer)).ListAsync(
                row => new StoredFailure(new(runId, row.GetInt32(0), row.GetInt32(1)), row.GetInt16(2), row.GetString(3)), cancellation).ConfigureAwait(false),
            cancellation);

    public Task<IReadOnlyList<AssetUpdate>> LoadUpdatesAsync(long runId, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<AssetUpdate>>(
        async connection => await connection.Statement("worker/updates", runId).ListAsync(PostgresConsole.Stored, cancellation).ConfigureAwait(false), cancellation);

    public Task LeaveAsync(int workerId, CancellationToken cancellation) =>
        db.EngineAsync(connection => connection.Statement("worker/leave", workerId).ExecuteAsync(cancellation), cancellation);

    public Task<bool> SaveArtefactAsync(
        int workerId, InstanceKey key, short attempt, string name, string contentType, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        db.EngineAsync(
            async connection => await connection.Statement(
                "worker/save_artefact", key.RunId, key.TaskNo, key.MapIndex, attempt, name, contentType, content, workerId)
                .ExecuteAsync(cancellation).ConfigureAwait(false) == 1,
            cancellation);

    public Task AppendAsync(IReadOnlyList<LogChunk> chunks, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement(
            "worker/append_log",
            chunks.Select(c => c.Key.RunId).ToArray(), chunks.Select(c => c.Key.TaskNo).ToArray(), chunks.Select(c => c.Key.MapIndex).ToArray(),
            chunks.Select(c => c.Attempt).ToArray(), chunks.Select(c => c.FirstLine).ToArray(), chunks.Select(c => c.Lines).ToArray(),
            chunks.Select(c => c.Warnings).ToArray(), chunks.Select(c => c.Errors).ToArray(), chunks.Select(c => c.Body).ToArray())
            .ExecuteAsync(cancellation),
        cancellation);

    private static async Task<AdvanceReply> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        var rows = await command.ListAsync<(InstanceKey Key, Assignment? Assignment)>(
            row =>
            {
                var key = new InstanceKey(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2));
                return (key, row.IsDBNull(3) ? null : Assigned(key, row));
            },
            cancellation).ConfigureAwait(false);
        return new([.. rows.Where(row => row.Assignment is not null).Select(row => row.Assignment!)], [.. rows.Where(row => row.Assignment is null).Select(row => row.Key)]);
    }

    private static Assignment Assigned(InstanceKey key, NpgsqlDataReader row) => new(
        key, row.GetInt16(3), row.GetInt16(4), row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6),
        row.GetInt32(7), row.GetInt32(8), row.GetFieldValue<DateTimeOffset>(9),
        row.IsDBNull(10) || row.IsDBNull(11) ? null : new(row.GetFieldValue<DateTimeOffset>(10), row.GetFieldValue<DateTimeOffset>(11)),
        row.IsDBNull(12) ? null : row.GetString(12))
    {
        Shielded = row.GetBoolean(13),
        Stopping = row.GetBoolean(14),
    };

    private static string? Text(byte[]? json) => json is null ? null : Encoding.UTF8.GetString(json);
}
