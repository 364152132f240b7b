using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<IReadOnlyList<SignalRow>> SignalsAsync(long runId, int limit, CancellationToken cancellation) => await ReadAsync(
        "signals/of_run",
        row => new SignalRow(
            row.GetInt64(0), row.GetString(1), Payload(row, 2), row.GetString(3), Time(row, 4), row.IsDBNull(5) ? null : row.GetString(5), TimeOrNull(row, 6)),
        cancellation, runId, limit);

    public async Task<IReadOnlyList<SignalWaitRow>> SignalWaitsAsync(int limit, CancellationToken cancellation) => await ReadAsync(
        "signals/waits",
        row => new SignalWaitRow(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetString(4), Time(row, 5), TimeOrNull(row, 6)), cancellation, limit);

    public async Task<IReadOnlyList<ApprovalRow>> ApprovalsAsync(bool open, int limit, CancellationToken cancellation) =>
        await ReadAsync(open ? "signals/approvals_open" : "signals/approvals_decided", Approval, cancellation, limit);

    public async Task<IReadOnlyList<ApprovalRow>> EarlierApprovalsAsync(string dagId, string taskId, long exceptRun, int limit, CancellationToken cancellation) =>
        await ReadAsync("signals/approvals_earlier", Approval, cancellation, dagId, taskId, exceptRun, limit);

    public async Task<int> OpenApprovalsAsync(CancellationToken cancellation) => (await ReadAsync("signals/approvals_count", row => row.GetInt32(0), cancellation))[0];

    public async Task<ApprovalDetail?> ApprovalAsync(long runId, string taskId, int mapIndex, CancellationToken cancellation)
    {
        var found = await ReadAsync(
            "signals/approval",
            row => new ApprovalDetail(Approval(row), Payload(row, 17), row.IsDBNull(18) ? null : row.GetString(18), [], row.GetFieldValue<string[]>(19)),
            cancellation, runId, taskId, mapIndex);
        if (found is not [var detail])
            return null;
        var decisions = await ReadAsync(
            "signals/decisions",
            row => new DecisionRow(row.GetString(0), row.GetBoolean(1), row.IsDBNull(2) ? null : row.GetString(2), Payload(row, 3), Time(row, 4)),
            cancellation, runId, taskId, mapIndex);
        return detail with { Decisions = decisions };
    }

    private static ApprovalRow Approval(NpgsqlDataReader row)
    {
        var by = row.GetFieldValue<string[]>(16);
        return new(
            row.GetInt64(0), row.GetString(1), Time(row, 2), row.GetString(3), row.GetInt32(4), row.GetChar(5), row.GetString(6), Time(row, 7), TimeOrNull(row, 8), TimeOrNull(row, 9),
            by.Length, row.GetInt16(10))
        {
            People = row.IsDBNull(11) ? [] : row.GetFieldValue<string[]>(11), ByAdmin = row.GetBoolean(12), NotByStarter = row.GetBoolean(13), Starter = row.GetString(14), OnExpiry = row.GetChar(15),
            DecidedBy = by,
        };
    }
}
