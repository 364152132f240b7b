using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    private const int RecentEvents = 20;

    public async Task<IReadOnlyList<DagSummary>> DagsAsync(CancellationToken cancellation) => await ReadAsync(
        "console/dags",
        row => new DagSummary(
            row.GetString(0), TextOrNull(row, 1), TextOrNull(row, 2), row.GetString(3), row.GetBoolean(4), row.GetBoolean(5), TimeOrNull(row, 6),
            row.GetInt32(7), Marks(row), Phrase(row)),
        cancellation);

    public async Task<DueDag?> SchedulingAsync(string dagId, CancellationToken cancellation) =>
        (await ReadAsync("console/scheduling", PostgresSchedulerStore.DueAt, cancellation, dagId)).SingleOrDefault();

    public Task<DagDetail?> DagAsync(string dagId, CancellationToken cancellation) => db.ReadAsync(
        async connection => await DagAsync(connection, dagId, cancellation) is { } dag
            ? dag.Detail with { Recent = await QueryAsync(connection, "console/dag_events", Event, cancellation, dag.DagNo, RecentEvents) }
            : null,
        cancellation);

    public async Task<IReadOnlyList<ImportError>> ImportErrorsAsync(CancellationToken cancellation) => await ReadAsync(
        "console/import_errors", row => new ImportError(row.GetString(0), TextOrNull(row, 1), row.GetString(2), row.GetString(3), row.GetString(4)), cancellation);

    private static string Phrase(NpgsqlDataReader row) => SchedulePhrase.Of(
        TextOrNull(row, 11) is { } json ? SpecJson.ReadSchedule(json) : TextOrNull(row, 2) is { } cron ? Schedule.Cron(cron) : null, row.GetString(3));

    private static RunMark[] Marks(NpgsqlDataReader row)
    {
        if (row.IsDBNull(8))
            return [];
        var runs = row.GetFieldValue<long[]>(8);
        var states = row.GetString(9);
        var seconds = row.GetFieldValue<double?[]>(10);
        return [.. runs.Select((run, i) => new RunMark(run, states[i], seconds[i]))];
    }

    private async Task<(int DagNo, DagDetail Detail)?> DagAsync(NpgsqlConnection connection, string dagId, CancellationToken cancellation)
    {
        var found = await QueryAsync(
            connection,
            "console/dag",
            row => (No: row.GetInt32(0), Version: row.GetInt32(1), Hash: row.GetString(2), Source: row.GetString(3), Paused: row.GetBoolean(4),
                Retired: TimeOrNull(row, 5), Due: TimeOrNull(row, 6), Last: TimeOrNull(row, 7), Loaded: Time(row, 8)),
            cancellation,
            Text(dagId));
        if (found.Count == 0)
            return null;
        var dag = found[0];
        var spec = await SpecAsync(connection, dag.Version, cancellation);
        return (dag.No, new DagDetail(spec, dag.Version, dag.Hash, dag.Source, dag.Paused, dag.Retired, dag.Due, dag.Last, dag.Loaded, []));
    }
}
