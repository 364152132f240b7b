using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<StepRow>> StepsAsync(InstanceKey key, int limit, CancellationToken cancellation) => await ReadAsync(
        "tasks/steps",
        row => new StepRow(
            PostgresWorkerStore.Kind(row.GetChar(0)), row.GetString(1), row.GetInt16(2), row.GetInt32(3), Time(row, 4), Time(row, 5), Payload(row, 6),
            row.IsDBNull(7) ? null : row.GetString(7)),
        cancellation, key.RunId, key.TaskNo, key.MapIndex, limit);
}
