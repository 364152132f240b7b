using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<RunSummary>> RunsAsync(string? dagId, char? state, long? backfillId, int limit, CancellationToken cancellation)
    {
        var wanted = Text(state?.ToString());
        return (backfillId, dagId) switch
        {
            ({ } id, _) => await ReadAsync("console/runs_of_backfill", Run, cancellation, wanted, limit, id, Text(dagId)),
            (_, { } dag) => await ReadAsync("console/runs_of_dag", Run, cancellation, wanted, limit, Text(dag)),
            _ => await ReadAsync("console/runs", Run, cancellation, wanted, limit),
        };
    }

    public Task<RunDetail?> RunAsync(long runId, CancellationToken cancellation) => RunAsync(runId, null, cancellation);

    public Task<RunDetail?> TaskAsync(long runId, string taskId, CancellationToken cancellation) => RunAsync(runId, taskId, cancellation);

    public async Task<PastRow?> PastAsync(long runId, string taskId, CancellationToken cancellation)
    {
        var rows = await ReadAsync(
            "console/past", row => new PastRow(row.GetInt64(0), Time(row, 1), State(row, 2), StateOrNull(row, 3)), cancellation, runId, Text(taskId));
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<WaitRow?> WaitAsync(InstanceKey key, CancellationToken cancellation)
    {
        var rows = await ReadAsync(
            "console/wait",
            row => new WaitRow(
                row.GetString(0), TextOrNull(row, 1), TimeOrNull(row, 2), TimeOrNull(row, 3), TimeOrNull(row, 4), row.GetBoolean(5),
                row.IsDBNull(6) ? [] : [.. row.GetFieldValue<long[]>(6).Zip(row.GetFieldValue<DateTimeOffset[]>(7), row.GetString(8))])
            {
                Paused = row.GetBoolean(9),
            },
            cancellation, key.RunId, key.TaskNo, key.MapIndex);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<IReadOnlyList<EventRow>> RunEventsAsync(long runId, int limit, CancellationToken cancellation) =>
        await ReadAsync("console/run_events", Event, cancellation, runId, limit);

    public async Task<IReadOnlyList<AttemptRow>> AttemptsAsync(InstanceKey key, CancellationToken cancellation) => await ReadAsync(
        "console/attempts",
        row => new AttemptRow(row.GetInt16(0), State(row, 1), Time(row, 2), TimeOrNull(row, 3), TextOrNull(row, 4), TextOrNull(row, 5), TextOrNull(row, 6)),
        cancellation,
        Of(key));

    public async Task<IReadOnlyDictionary<DateTimeOffset, char>> ExistingRunsAsync(
        string dagId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var rows = await ReadAsync(
            "console/existing_runs", row => (At: Time(row, 0), State: State(row, 1)), cancellation, Text(dagId), Moment(from.UtcDateTime), Moment(to.UtcDateTime));
        return rows.ToDictionary(row => row.At, row => row.State);
    }

    private static RunSummary Run(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetString(1), State(row, 2), State(row, 3), row.GetBoolean(4), Time(row, 5),
        row.IsDBNull(6) || row.IsDBNull(7) ? null : new Interval(Time(row, 6), Time(row, 7)),
        row.IsDBNull(8) ? null : row.GetInt64(8), row.GetString(9), Time(row, 10), TimeOrNull(row, 11), TimeOrNull(row, 12), row.GetInt32(13));

    private static EventRow Event(NpgsqlDataReader row) => new(
        Time(row, 0), TextOrNull(row, 1), row.IsDBNull(2) ? null : row.GetInt32(2), row.IsDBNull(3) ? null : row.GetInt16(3),
        StateOrNull(row, 4), StateOrNull(row, 5), TextOrNull(row, 6), TextOrNull(row, 7), TextOrNull(row, 8));

    private InstanceRow Instance(long runId, NpgsqlDataReader row) => new(
        new InstanceKey(runId, row.GetInt32(0), row.GetInt32(1)), row.GetString(2), State(row, 3), row.GetInt16(4), row.GetInt16(5), row.GetInt16(6),
        row.GetInt32(7), row.GetInt32(8), row.GetInt32(9), row.GetInt32(10), row.IsDBNull(11) ? null : row.GetInt32(11), TextOrNull(row, 12),
        TimeOrNull(row, 13), TimeOrNull(row, 14), TimeOrNull(row, 15), TimeOrNull(row, 16), Payload(row, 17))
    {
        FirstStartedAt = TimeOrNull(row, 18),
        Polls = row.GetInt32(19),
    };

    private Task<RunDetail?> RunAsync(long runId, string? taskId, CancellationToken cancellation) => db.ReadAsync(
        connection => RunAsync(connection, runId, "console/instances", [runId, Text(taskId), -1, -1, Typed(null, NpgsqlDbType.Integer)], cancellation), cancellation);

    /// <param name="connection">Where it is read.</param>
    /// <param name="runId">The run.</param>
    /// <param name="instances">The statement that reads its instances.</param>
    /// <param name="values">Its parameters.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    private async Task<RunDetail?> RunAsync(NpgsqlConnection connection, long runId, string instances, object[] values, CancellationToken cancellation)
    {
        var found = await QueryAsync(
            connection, "console/run", row => (Run: Run(row), Version: row.GetInt32(14), Arguments: Payload(row, 15), Key: TextOrNull(row, 16), From: row.IsDBNull(17) ? (long?)null : row.GetInt64(17), Base: row.GetInt32(18),
                Entity: new RunEntity(TextOrNull(row, 19), row.GetBoolean(20), row.IsDBNull(21) ? null : row.GetInt64(21), row.IsDBNull(22) ? null : row.GetInt64(22)), Forks: row.GetFieldValue<long[]>(23), Priority: row.GetInt16(24)),
            cancellation, runId);
        if (found.Count == 0)
            return null;
        var spec = await SpecAsync(connection, found[0].Version, cancellation);
        var rows = await QueryAsync(connection, instances, row => Instance(runId, row), cancellation, values);
        var notes = await QueryAsync(
            connection, "console/notes", row => new NoteRow(TextOrNull(row, 1), row.GetInt32(2), row.GetString(3), row.GetString(4), Time(row, 5)), cancellation, runId);
        return new RunDetail(found[0].Run, spec, found[0].Base, found[0].Arguments, rows)
        {
            Key = found[0].Key, TakenFrom = found[0].From, Forks = found[0].Forks, Priority = found[0].Priority, Entity = found[0].Entity, Notes = notes,
            Updates = found[0].Run.Kind == 'a' ? await QueryAsync(connection, "worker/updates", Update, cancellation, runId) : [],
        };
    }
}
