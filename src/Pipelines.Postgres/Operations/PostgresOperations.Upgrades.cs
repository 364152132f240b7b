using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Open runs that go over to another version of their DAG.</content>
public sealed partial class PostgresOperations
{
    private sealed record RunToMove(long RunId, int To, int From);

    private sealed record GraphChange(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Rewired);

    public async Task<IReadOnlyList<UpgradedRun>> UpgradeRunsAsync(UpgradeRequest request, Actor by, CancellationToken cancellation)
    {
        if (request.RunId is null == request.DagId is null)
            throw new RefusedException("say one run, or the DAG whose open runs are meant");
        var runs = await db.ActAsync(connection => FindAsync(connection, request, cancellation), cancellation).ConfigureAwait(false);
        var moved = new List<UpgradedRun>(runs.Count);
        foreach (var run in runs)
            moved.Add(await UpgradeAsync(run, request.DryRun, by, cancellation).ConfigureAwait(false));
        return moved;
    }

    private static async Task<List<RunToMove>> FindAsync(NpgsqlConnection connection, UpgradeRequest request, CancellationToken cancellation)
    {
        var runs = await connection.Statement(
            "upgrades/open_runs", Typed(request.RunId, NpgsqlDbType.Bigint), Text(request.DagId), Typed(request.Version, NpgsqlDbType.Integer), Typed(request.Limit, NpgsqlDbType.Integer)).ListAsync(
            row => new RunToMove(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2)), cancellation).ConfigureAwait(false);
        if (runs.Count == 0 && request.RunId is { } run)
            throw await NoRunAsync(connection, run, cancellation).ConfigureAwait(false);
        if (request.DagId is not { } dag)
            return runs;
        var known = await connection.Statement("operations/dag_ids").ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false);
        if (runs.Count == 0 && !known.Contains(dag))
            throw new RefusedException(UnknownName.Message("DAG", dag, known));
        return runs;
    }

    private async Task<UpgradedRun> UpgradeAsync(RunToMove run, bool dry, Actor by, CancellationToken cancellation)
    {
        try
        {
            // Where it is only tried, the same is done and taken back: there is no second rule that says what would happen.
            var json = dry
                ? await db.ActAsync(connection => TryAsync(connection, run, by, cancellation), cancellation).ConfigureAwait(false)
                : await InTransactionAsync(
                    Act.OfRun(by, $"upgrade to version {run.To}", run.RunId) with { Part = run.RunId }, connection => MoveAsync(connection, run, by, cancellation), cancellation).ConfigureAwait(false);
            var change = JsonSerializer.Deserialize<GraphChange>(json, JsonSerializerOptions.Web)!;
            return new(run.RunId, run.From, run.To, change.Added, change.Removed, change.Rewired);
        }
        catch (RefusedException refused)
        {
            return new(run.RunId, run.From, run.To, [], [], [], refused.Message);
        }
    }

    private static async Task<string> TryAsync(NpgsqlConnection connection, RunToMove run, Actor by, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        var json = await MoveAsync(connection, run, by, cancellation).ConfigureAwait(false);
        await transaction.RollbackAsync(cancellation).ConfigureAwait(false);
        return json;
    }

    private static async Task<string> MoveAsync(NpgsqlConnection connection, RunToMove run, Actor by, CancellationToken cancellation) =>
        (await connection.Statement("upgrades/upgrade", run.RunId, run.To, by.Name, Text(by.Why)).ScalarAsync<string>(cancellation).ConfigureAwait(false))!;
}
