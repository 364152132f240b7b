using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <content>What a monitoring system asks for.</content>
public sealed partial class PostgresConsole
{
    public async Task<MetricsRow> MetricsAsync(long? after, long? upTo, CancellationToken cancellation)
    {
        var workers = await WorkersAsync(cancellation);
        var pools = await PoolsAsync(cancellation);
        return await db.ReadAsync(
            async connection =>
            {
                var runs = await QueryAsync(connection, "metrics/runs", row => (row.GetString(0), State(row, 1), row.GetInt64(2)), cancellation);
                var queues = await QueryAsync(connection, "metrics/queues", row => (row.GetString(0), row.GetInt64(1), row.GetDouble(2)), cancellation);
                var dead = await QueryAsync(connection, "metrics/dead_tuples", row => (row.GetString(0), row.GetInt64(1)), cancellation);
                List<(string, long)> events = after is null || upTo is null ? []
                    : await QueryAsync(connection, "metrics/events", row => (row.GetString(0), row.GetInt64(1)), cancellation, after, upTo);
                return (await QueryAsync(
                    connection, "metrics/rest",
                    row => new MetricsRow(row.GetInt64(0), runs, queues, workers, pools, row.GetDouble(1), row.GetInt32(2), row.GetInt32(3), row.GetDouble(4), dead, events), cancellation))[0];
            },
            cancellation);
    }
}
