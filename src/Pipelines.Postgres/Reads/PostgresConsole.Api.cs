using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<InstanceRow>> InstancesAfterAsync(long runId, string? taskId, InstanceKey? after, int limit, CancellationToken cancellation) =>
        await ReadAsync("console/instances", row => Instance(runId, row), cancellation, runId, Text(taskId), after?.TaskNo ?? -1, after?.MapIndex ?? -1, limit);

    public async Task<IReadOnlyList<NumberedEvent>> EventsBeforeAsync(string? dagId, long? runId, EventPlace? before, int limit, CancellationToken cancellation) =>
        runId is { } run
            ? await ReadAsync("api/events_of_run", Numbered, cancellation, run, Moment(before?.At.UtcDateTime), Number(before?.EventId), limit)
            : await ReadAsync("api/events_of_dag", Numbered, cancellation, Text(dagId), Moment(before?.At.UtcDateTime), Number(before?.EventId), limit);

    public async Task<IReadOnlyList<BackfillRow>> BackfillsBeforeAsync(string? dagId, long? before, int limit, CancellationToken cancellation) =>
        await ReadAsync("api/backfills", Backfill, cancellation, Text(dagId), Number(before), limit);

    public async Task<IReadOnlyList<NotificationRow>> NotificationsBeforeAsync(long? runId, bool failed, long? before, int limit, CancellationToken cancellation) =>
        await ReadAsync("api/notifications", Notification, cancellation, Number(runId), failed, Number(before), limit);

    public Task<EventMark> EventMarkAsync(CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var last = await QueryAsync(connection, "api/event_last", row => row.GetInt64(0), cancellation);
            return new EventMark(last[0], await QueryAsync(connection, "api/event_writers", row => row.GetString(0), cancellation));
        },
        cancellation);

    public async Task<IReadOnlyList<NumberedEvent>> EventsBetweenAsync(long after, long upTo, string? dagId, long? runId, CancellationToken cancellation) =>
        runId is { } run
            ? await ReadAsync("api/events_of_run_between", Numbered, cancellation, after, upTo, Text(dagId), run)
            : await ReadAsync("api/events_between", Numbered, cancellation, after, upTo, Text(dagId));

    private static NumberedEvent Numbered(NpgsqlDataReader row) =>
        new(row.GetInt64(9), TextOrNull(row, 10), row.IsDBNull(11) ? null : row.GetInt64(11), Event(row));

    private static NpgsqlParameter Number(long? value) => Typed(value, NpgsqlDbType.Bigint);
}
