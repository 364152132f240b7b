using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<LockRow>> LocksAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "locks/held",
        row => new LockRow(
            row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.GetInt32(5), row.GetInt16(6), row.GetString(7), Time(row, 8), Time(row, 9), row.GetInt32(10)),
        cancellation, limit);
}
