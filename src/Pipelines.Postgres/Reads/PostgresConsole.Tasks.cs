using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public Task<RunDetail?> InstanceAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var found = await QueryAsync(
                connection, "console/run", row => (Run: Run(row), Version: row.GetInt32(14), Arguments: Payload(row, 15), Base: row.GetInt32(18)), cancellation, runId);
            if (found.Count == 0)
                return null;
            var spec = await SpecAsync(connection, found[0].Version, cancellation);
            var instances = await QueryAsync(connection, "tasks/instance", row => Instance(runId, row), cancellation, runId, Text(taskId), mapIndex);
            return new RunDetail(found[0].Run, spec, found[0].Base, found[0].Arguments, instances);
        },
        cancellation);

    public async Task<IReadOnlyDictionary<char, int>> ElementStatesAsync(InstanceKey task, CancellationToken cancellation)
    {
        var rows = await ReadAsync("tasks/element_states", row => (State: State(row, 0), Count: row.GetInt32(1)), cancellation, task.RunId, task.TaskNo);
        return rows.ToDictionary(row => row.State, row => row.Count);
    }

    public async Task<IReadOnlyList<InstanceRow>> ElementsAsync(InstanceKey task, char? state, int from, int limit, CancellationToken cancellation) => await ReadAsync(
        "tasks/elements", row => Instance(task.RunId, row), cancellation, task.RunId, task.TaskNo, Text(state?.ToString()), from, limit);

    public async Task<GoodRun?> LastGoodAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation)
    {
        var rows = await ReadAsync(
            "tasks/last_good", row => new GoodRun(new(row.GetInt64(0), row.GetInt32(1), mapIndex), row.GetInt16(2), Time(row, 3)),
            cancellation, runId, Text(taskId), mapIndex);
        return rows.Count == 0 ? null : rows[0];
    }
}
