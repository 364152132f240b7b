using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Workers.</content>
public sealed partial class PostgresOperations
{
    public Task DrainWorkerAsync(string worker, Actor by, CancellationToken cancellation) => SetDrainingAsync(worker, true, by, cancellation);

    public Task ResumeWorkerAsync(string worker, Actor by, CancellationToken cancellation) => SetDrainingAsync(worker, false, by, cancellation);

    private Task<int> SetDrainingAsync(string worker, bool draining, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, draining ? "drain" : "resume", "worker", worker),
        async connection =>
        {
            if (await connection.Statement("workers/set_draining", worker, draining, by.Name, Text(by.Why)).ScalarAsync<int>(cancellation).ConfigureAwait(false) is > 0 and var found)
                return found;
            throw new RefusedException(UnknownName.Message(
                "living worker", worker, await connection.Statement("workers/living").ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false)));
        },
        cancellation);
}
