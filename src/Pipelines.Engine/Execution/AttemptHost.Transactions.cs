using System.Data.Common;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <content>SQL of the body that takes effect exactly once.</content>
internal sealed partial class AttemptHost
{
    public async Task<byte[]> TransactAsync(
        string name, Func<DbConnection, DbTransaction, Task<byte[]>> body, string? connection, string idempotencyKey, bool completes, CancellationToken cancellation)
    {
        var where = connection is null ? null : new NamedConnection(connection, connections[connection]);
        // With the attempt's end the result is the task's output.
        var shape = completes ? await attempt.ShapeAsync(store, payloads).ConfigureAwait(false) : PayloadShape.Whole;
        var (output, ended) = await steps.TransactAsync(store, name, body, where, idempotencyKey, completes, shape, cancellation).ConfigureAwait(false);
        if (ended)
            attempt.HasEnded = true;
        return output;
    }
}
