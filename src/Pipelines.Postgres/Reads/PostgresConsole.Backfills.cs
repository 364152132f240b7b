using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<RunTimes?> RunTimesAsync(string dagId, CancellationToken cancellation) => (await ReadAsync(
        "backfills/run_times", row => row.GetInt32(3) == 0 ? null : new RunTimes(row.GetDouble(0), row.GetDouble(1), row.GetDouble(2), row.GetInt32(3)), cancellation, Text(dagId)))[0];

    public async Task<OverlappingBackfill?> OverlappingAsync(string dagId, DateOnly from, DateOnly to, CancellationToken cancellation) => (await ReadAsync(
        "backfills/overlapping", row => new OverlappingBackfill(row.GetInt64(0), row.GetFieldValue<DateOnly>(1), row.GetFieldValue<DateOnly>(2)), cancellation, Text(dagId), from, to))
        .FirstOrDefault();

    public async Task<IReadOnlyList<BackfillRow>> BackfillsInStateAsync(string? dagId, char? state, int limit, CancellationToken cancellation) =>
        await ReadAsync("backfills/in_state", Backfill, cancellation, Text(dagId), Text(state?.ToString()), limit);

    public async Task<IReadOnlyList<BackfillRun>> BackfillRunsAsync(long id, char? state, int limit, CancellationToken cancellation) => await ReadAsync(
        "backfills/runs",
        row => new BackfillRun(
            row.GetInt64(0), Time(row, 1), TimeOrNull(row, 2), State(row, 3), row.GetBoolean(4), row.GetInt32(5), row.GetInt32(6), TimeOrNull(row, 7), TimeOrNull(row, 8)),
        cancellation, id, Text(state?.ToString()), limit);

    public async Task<IReadOnlyList<BackfillDate>> BackfillDatesAsync(long id, int limit, CancellationToken cancellation) => await ReadAsync(
        "backfills/dates", row => new BackfillDate(row.GetInt64(0), Time(row, 1), State(row, 2)), cancellation, id, limit);

    public async Task<IReadOnlyList<EventRow>> BackfillEventsAsync(long id, int limit, CancellationToken cancellation) =>
        await ReadAsync("backfills/events", Event, cancellation, id, limit);
}
