using NpgsqlTypes;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public Task<RunList> RunListAsync(RunFilter filter, int limit, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            object?[] common = [Text(filter.State?.ToString()), Text(filter.Kind?.ToString()), Moment(filter.From?.UtcDateTime), Moment(filter.To?.UtcDateTime)];
            var (at, run) = (Moment(filter.Before?.ScheduledFor.UtcDateTime), Typed(filter.Before?.RunId, NpgsqlDbType.Bigint));
            var searched = RunFilter.Searched;
            var asked = limit + 1;                                          // one more, so that a last page is known for one
            var (rows, end) = filter switch
            {
                { DagId: { } dag } => (
                    await QueryAsync(connection, "runlist/of_dag", Run, cancellation, [.. common, at, run, asked, Text(dag), searched, Typed(filter.BackfillId, NpgsqlDbType.Bigint)]),
                    filter.State is null && filter.Kind is null && filter.BackfillId is null ? null : "of_dag_end"),
                { BackfillId: { } backfill } => (await QueryAsync(connection, "runlist/of_backfill", Run, cancellation, [.. common, at, run, asked, backfill]), null),
                { State: 'q' or 'r' } => (await QueryAsync(connection, "runlist/open", Run, cancellation, [.. common, run, asked]), null),
                _ => (await QueryAsync(connection, "runlist/all", Run, cancellation, [.. common, run, asked, searched]), "all_end"),
            };
            if (rows.Count > limit)
                return new RunList(rows[..limit], new(rows[limit - 1].ScheduledFor, rows[limit - 1].RunId));
            var next = end switch
            {
                "all_end" => await QueryAsync(connection, "runlist/all_end", row => new RunPlace(Time(row, 0), row.GetInt64(1)), cancellation, Typed(filter.Before?.RunId, NpgsqlDbType.Bigint), searched),
                "of_dag_end" => await QueryAsync(
                    connection, "runlist/of_dag_end", row => new RunPlace(Time(row, 0), row.GetInt64(1)), cancellation, Text(filter.DagId), Moment(filter.From?.UtcDateTime),
                    Moment(filter.To?.UtcDateTime), Moment(filter.Before?.ScheduledFor.UtcDateTime), Typed(filter.Before?.RunId, NpgsqlDbType.Bigint), searched),
                _ => [],
            };
            return new RunList(rows, next.Count == 0 ? null : next[0]);
        },
        cancellation);

    public async Task<IReadOnlyList<EventRow>> DagEventsAsync(string dagId, DateTimeOffset? before, int limit, CancellationToken cancellation) =>
        await ReadAsync("runlist/dag_events", Event, cancellation, Text(dagId), Moment(before?.UtcDateTime), limit);

    public async Task<IReadOnlyList<CalendarDay>> CalendarAsync(string dagId, string zone, DateOnly from, DateOnly to, CancellationToken cancellation) => await ReadAsync(
        "runlist/calendar",
        row => new CalendarDay(
            row.GetFieldValue<DateOnly>(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.IsDBNull(5) ? null : row.GetDouble(5),
            row.IsDBNull(6) ? null : row.GetDouble(6), row.GetInt64(7)),
        cancellation, Text(dagId), Text(zone), from, to);

    public async Task<IReadOnlyList<RunLength>> RunLengthsAsync(string dagId, int runs, CancellationToken cancellation) => await ReadAsync(
        "runlist/lengths", row => new RunLength(row.GetInt64(0), Time(row, 1), State(row, 2), row.IsDBNull(3) ? null : row.GetDouble(3), row.GetInt32(4)), cancellation, Text(dagId), runs);

    public async Task<IReadOnlyList<(string DagId, string TaskId)>> FindTasksAsync(string text, int limit, CancellationToken cancellation) =>
        await ReadAsync("runlist/find_tasks", row => (row.GetString(0), row.GetString(1)), cancellation, Text(text), limit);
}
