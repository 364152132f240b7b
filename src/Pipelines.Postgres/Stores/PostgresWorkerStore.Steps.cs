using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>What instances keep over their attempts.</content>
public sealed partial class PostgresWorkerStore
{
    public Task<IReadOnlyList<StoredStep>> LoadStepsAsync(InstanceKey key, DateTimeOffset firstStartedAt, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<StoredStep>>(
        async connection => await connection.Statement("worker/load_steps", key.RunId, key.TaskNo, key.MapIndex, firstStartedAt.UtcDateTime).ListAsync(
            row => new StoredStep(Kind(row.GetChar(0)), row.GetString(1), row.GetInt16(2), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)), cancellation).ConfigureAwait(false),
        cancellation);

    public Task<bool> SaveStepAsync(int workerId, InstanceKey key, short attempt, FinishedStep step, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            try
            {
                if (step.Kind == StepKind.Continuation)
                    return await connection.Statement("entities/continue", workerId, key.RunId, key.TaskNo, key.MapIndex, attempt, Typed(Text(step.Output), NpgsqlDbType.Jsonb)).ScalarAsync<bool>(cancellation).ConfigureAwait(false);
                return await connection.Statement(
                    "worker/save_step", key.RunId, key.TaskNo, key.MapIndex, attempt, workerId, Letter(step.Kind).ToString(), step.Name, step.Error is null ? "s" : "f", step.Tries, step.Seconds,
                    Typed(Text(step.Output), NpgsqlDbType.Jsonb), Typed(step.Error, NpgsqlDbType.Text)).ExecuteAsync(cancellation).ConfigureAwait(false) == 1;
            }
            catch (Npgsql.PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
            {
                throw new DataRefusedException(e.MessageText, e);
            }
        },
        cancellation);

    internal static StepKind Kind(char letter) => letter switch
    {
        's' => StepKind.Step,
        'c' => StepKind.Cursor,
        'm' => StepKind.Moment,
        'n' => StepKind.Continuation,
        _ => throw new InvalidOperationException($"'{letter}' is no kind of step."),
    };

    private static char Letter(StepKind kind) => kind switch
    {
        StepKind.Step => 's',
        StepKind.Cursor => 'c',
        StepKind.Continuation => 'n',
        _ => 'm',
    };
}
