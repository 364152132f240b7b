using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Runs that bodies start.</content>
public sealed partial class PostgresWorkerStore
{
    public Task<long> StartChildAsync(int workerId, InstanceKey key, short attempt, NewChild child, CancellationToken cancellation) => db.EngineAsync(
        async connection =>
        {
            try
            {
                // No schema: no such DAG, as the function says itself, or one that takes no arguments.
                var known = await connection.Statement("children/schema", child.DagId).ListAsync(
                    row => (Schema: row.IsDBNull(0) ? null : row.GetString(0), Keys: row.GetFieldValue<string[]>(1)), cancellation).ConfigureAwait(false);
                string? arguments = null;
                if (known is [var (schema, keys)])
                {
                    arguments = RunArguments.Check(child.DagId, schema is null ? null : JsonNode.Parse(schema), child.Arguments == "null" ? null : child.Arguments);
                    Payloads.RefuseKeys(child.DagId, keys, arguments);
                    arguments = db.Payloads.Encode(arguments, PayloadShape.OfArguments(keys));
                }

                return await connection.Statement(
                    "children/start", workerId, key.RunId, key.TaskNo, key.MapIndex, attempt, child.Name, child.DagId, Json(arguments), child.Closes ? "c" : "a",
                    Statements.Text(child.TraceParent)).ScalarAsync<long>(cancellation).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == "PL005")
            {
                throw new OperationCanceledException("The attempt is no longer this worker's.", e);
            }
        },
        cancellation);

    public Task<ChildRun?> ReadChildAsync(long runId, string? result, CancellationToken cancellation) => db.EngineAsync(
        async connection => (await connection.Statement("children/read", runId, Statements.Text(result)).ListAsync(
            row => new ChildRun(row.GetInt64(0), row.GetChar(1), row.IsDBNull(2) ? null : row.GetFieldValue<byte[]>(2), row.IsDBNull(3) ? null : row.GetString(3)),
            cancellation).ConfigureAwait(false)).SingleOrDefault(),
        cancellation);

    public Task StopChildAsync(long parentId, long runId, string why, CancellationToken cancellation) => db.EngineAsync(
        connection => connection.Statement("children/stop", parentId, runId, why).ExecuteAsync(cancellation), cancellation);
}
