using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<ValueRow>> ValuesAsync(InstanceKey key, CancellationToken cancellation) => await ReadAsync(
        "values/of_instance",
        row => new ValueRow(PostgresWorkerStore.ValueKindOf(row.GetChar(0)), row.GetString(1), row.GetInt16(2), Time(row, 3), Payload(row, 4)),
        cancellation, key.RunId, key.TaskNo, key.MapIndex);

    public async Task<IReadOnlyList<ProgressRow>> ProgressAsync(long runId, int limit, CancellationToken cancellation) => await ReadAsync(
        "values/progress",
        row =>
        {
            var progress = TaskProgress.Of(row.IsDBNull(4) ? null : row.GetString(4));
            return new ProgressRow(row.GetString(0), row.GetInt32(1), row.GetInt16(2), Time(row, 3), progress.Percent, progress.Text);
        },
        cancellation, runId, limit);
}
