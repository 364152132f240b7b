using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<TaskRun>> TaskRunsAsync(string dagId, string taskId, DateTimeOffset? end, int runs, CancellationToken cancellation) => await ReadAsync(
        "history/runs",
        row => new TaskRun(
            row.GetInt64(0), Time(row, 1), State(row, 2), row.GetInt32(3), State(row, 4), StateOrNull(row, 5), row.GetInt16(6), TimeOrNull(row, 7), TimeOrNull(row, 8),
            TimeOrNull(row, 9), TextOrNull(row, 10), TextOrNull(row, 11)),
        cancellation, Text(dagId), Text(taskId), Moment(end?.UtcDateTime), runs);

    public async Task<IReadOnlyDictionary<string, char>> RunStatesAsync(long runId, CancellationToken cancellation) =>
        (await ReadAsync("history/states", row => (Task: row.GetString(0), State: State(row, 1)), cancellation, runId)).ToDictionary(row => row.Task, row => row.State, StringComparer.Ordinal);
}
