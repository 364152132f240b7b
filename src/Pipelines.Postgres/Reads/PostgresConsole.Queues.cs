using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<QueueStats>> QueuesAsync(CancellationToken cancellation) => await ReadAsync(
        "queues/stats",
        row => new QueueStats(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetDouble(4), row.GetInt64(5), row.GetInt32(6), row.GetInt32(7)),
        cancellation);

    public async Task<IReadOnlyList<QueueVersion>> QueueVersionsAsync(string queue, CancellationToken cancellation) => await ReadAsync(
        "queues/versions", row => new QueueVersion(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3)), cancellation, queue);
}
