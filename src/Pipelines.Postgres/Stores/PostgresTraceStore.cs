using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>What traces are made of, in PostgreSQL.</summary>
public sealed class PostgresTraceStore(Db db) : ITraceStore
{
    public Task<IReadOnlyList<RunTrace>> LoadAsync(IReadOnlyCollection<long> runs, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<RunTrace>>(
        async connection => await connection.Statement("traces/load", runs.ToArray()).ListAsync(Trace, cancellation).ConfigureAwait(false), cancellation);

    public Task<EventMark> MarkAsync(CancellationToken cancellation) => new PostgresConsole(db).EventMarkAsync(cancellation);

    public Task<IReadOnlyList<EndedRun>> TakeEndedAsync(long upTo, CancellationToken cancellation) => db.EngineAsync<IReadOnlyList<EndedRun>>(
        async connection => await connection.Statement("traces/move_mark", upTo).ScalarAsync<long?>(cancellation).ConfigureAwait(false) is { } from
            ? await connection.Statement("traces/ended", from, upTo).ListAsync(
                row => new EndedRun(
                    Trace(row), row.GetString(3), row.GetChar(4), row.GetChar(5), row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
                    row.GetFieldValue<DateTimeOffset>(8), row.GetInt32(9))
                {
                    Links = row.GetFieldValue<string[]>(10),
                },
                cancellation).ConfigureAwait(false)
            : [],
        cancellation);

    private static RunTrace Trace(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.IsDBNull(2) ? null : row.GetString(2));
}
