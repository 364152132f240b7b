using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>The pages of one run.</content>
public sealed partial class PostgresConsole
{
    /// <summary>How many lines stand before the chunk with the first error that a window opens at.</summary>
    private const int BeforeError = 5;

    public Task<RunTasks?> RunTasksAsync(long runId, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            if (await RunAsync(connection, runId, "runpages/tasks", [runId], cancellation) is not { } detail)
                return null;
            var elements = detail.Spec.Tasks.Any(task => task.Mapped || task.Upstreams.Any(edge => edge.Kind == EdgeKind.Index))
                ? await QueryAsync(
                    connection, "runpages/elements", row => new ElementSum(row.GetInt32(0), State(row, 1), row.GetInt32(2), TimeOrNull(row, 3), TimeOrNull(row, 4)), cancellation, runId)
                : [];
            return new RunTasks(detail, elements);
        },
        cancellation);

    public async Task<IReadOnlyList<StateMove>> MovesAsync(long runId, int limit, CancellationToken cancellation) => await ReadAsync(
        "runpages/moves",
        row => new StateMove(row.GetInt32(0), Time(row, 1), row.GetInt16(2), StateOrNull(row, 3), State(row, 4), TextOrNull(row, 5), TextOrNull(row, 6)),
        cancellation, runId, limit);

    public Task<RunFamily?> FamilyAsync(long runId, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var found = await QueryAsync(
                connection, "runpages/family",
                row => new RunFamily(
                    row.IsDBNull(0) ? null : row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1),
                    row.IsDBNull(2) ? null : new RelatedRun(row.GetInt64(2), row.GetString(3), State(row, 4), TextOrNull(row, 5)), []) { Started = row.GetInt32(6), Ending = row.GetInt32(7) },
                cancellation, runId);
            if (found.Count == 0)
                return null;
            return found[0] with
            {
                Children = await QueryAsync(
                    connection, "runpages/children", row => new RelatedRun(row.GetInt64(0), row.GetString(1), State(row, 2), TextOrNull(row, 3)), cancellation, runId),
            };
        },
        cancellation);

    public async Task<Lineage> LineageAsync(long runId, CancellationToken cancellation) => await FamilyAsync(runId, cancellation) is { } family ? new Lineage(family.Parent, family.Children) : Lineage.None;

    public async Task<string?> RunFingerprintAsync(long runId, CancellationToken cancellation) =>
        (await ReadAsync("runpages/fingerprint", row => row.GetString(0), cancellation, runId)).FirstOrDefault();

    public async Task<IReadOnlyList<InstanceKey>> FailedAsync(long runId, CancellationToken cancellation) =>
        await ReadAsync("runpages/failed", row => new InstanceKey(runId, row.GetInt32(0), row.GetInt32(1)), cancellation, runId);

    public Task<RunLog> RunLogAsync(long runId, char level, long? from, int lines, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var counts = (await QueryAsync(
                connection, "runpages/log_counts",
                row => (All: row.GetInt64(0), Warnings: row.GetInt64(1), Errors: row.GetInt64(2), Error: row.IsDBNull(3) ? (long?)null : row.GetInt64(3)), cancellation, runId))[0];
            var total = level switch { 'E' => counts.Errors, 'W' => counts.Errors + counts.Warnings, _ => counts.All };
            var start = from ?? (level is 'E' or 'W' ? 1 : counts.Error - BeforeError ?? 1);
            start = Math.Max(1, Math.Min(start, total));
            var chunks = total == 0 ? [] : await QueryAsync(
                connection, "runpages/log_window",
                row => (Task: row.GetString(1), Map: row.GetInt32(2), Attempt: row.GetInt16(3), First: row.GetInt32(4), Before: row.GetInt64(5), Body: row.GetFieldValue<byte[]>(6)),
                cancellation, runId, level.ToString(), start, start + lines);
            var shown = new List<RunLogLine>(lines);
            foreach (var chunk in chunks)
            {
                var number = chunk.Before;
                foreach (var line in LogBody.Lines(chunk.First, chunk.Body))
                {
                    if (!Shows(line.Level, level) || ++number < start)
                        continue;
                    if (number >= start + lines)
                        break;
                    shown.Add(new(chunk.Task, chunk.Map, chunk.Attempt, line));
                }
            }

            return new RunLog([.. shown.OrderBy(line => line.Line.At)], start, total, counts.Warnings, counts.Errors);
        },
        cancellation);

    private static bool Shows(char line, char level) => level switch { 'E' => line is 'E' or 'C', 'W' => line is 'E' or 'C' or 'W', _ => true };
}
