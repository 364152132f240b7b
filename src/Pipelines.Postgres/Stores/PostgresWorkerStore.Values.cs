using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>What bodies tell.</content>
public sealed partial class PostgresWorkerStore
{
    public Task<bool> SaveValueAsync(int workerId, InstanceKey key, short attempt, ValueKind kind, string name, byte[] json, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            try
            {
                return await connection.Statement(
                    "values/save", key.RunId, key.TaskNo, key.MapIndex, attempt, workerId, Letter(kind).ToString(), name, Typed(Text(json), NpgsqlDbType.Jsonb)).ExecuteAsync(cancellation).ConfigureAwait(false) == 1;
            }
            catch (Npgsql.PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
            {
                throw new DataRefusedException(e.MessageText, e);
            }
        },
        cancellation);

    public Task<byte[]?> LoadHeartbeatAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("values/heartbeat", key.RunId, key.TaskNo, key.MapIndex, firstStartedAt.UtcDateTime).ListAsync(
            row => row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), cancellation).ConfigureAwait(false)).FirstOrDefault(),
        cancellation);

    internal static ValueKind ValueKindOf(char letter) => letter switch
    {
        'v' => ValueKind.Value,
        'p' => ValueKind.Progress,
        'h' => ValueKind.Heartbeat,
        _ => throw new InvalidOperationException($"'{letter}' is no kind of value."),
    };

    private static char Letter(ValueKind kind) => kind switch
    {
        ValueKind.Value => 'v',
        ValueKind.Progress => 'p',
        _ => 'h',
    };
}
