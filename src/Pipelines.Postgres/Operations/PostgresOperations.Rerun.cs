using NpgsqlTypes;
using Npgsql;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Failed runs that go on, many at once.</content>
public sealed partial class PostgresOperations
{
    public async Task<IReadOnlyList<RerunRun>> RerunFailedAsync(RerunFailed request, Actor by, CancellationToken cancellation)
    {
        var runs = await db.ActAsync(connection => FailedRunsAsync(connection, request, by, cancellation), cancellation).ConfigureAwait(false);
        var done = new List<RerunRun>(runs.Count);
        foreach (var run in runs)
        {
            try
            {
                done.Add(request.FromTask is null ? await GoOnAsync(run, request.DryRun, request.ReuseSteps, by, cancellation).ConfigureAwait(false)
                    : new(run.RunId, run.ScheduledFor, [request.FromTask], 0, (await ForkRunAsync(
                        new ForkRequest(run.RunId, request.FromTask) { ReuseSteps = request.ReuseSteps, DryRun = request.DryRun }, Named(by, run.RunId), cancellation).ConfigureAwait(false)).RunId));
            }
            catch (RefusedException refused)
            {
                done.Add(new(run.RunId, run.ScheduledFor, [], 0, null, refused.Message));
            }
        }

        return done;
    }

    /// <summary>A request that was carried out in part goes on where it stopped: each run has a name of its own.</summary>
    private static Actor Named(Actor by, long run) => by.Once is { } once ? by with { Once = $"{once} {run}" } : by;

    private static async Task<List<RunToClear>> FailedRunsAsync(NpgsqlConnection connection, RerunFailed request, Actor by, CancellationToken cancellation)
    {
        var dag = await LockDagAsync(connection, request.DagId, cancellation).ConfigureAwait(false);
        if (request.FromTask is { } from && dag.Spec.Tasks.All(task => task.Id != from))
            throw new RefusedException($"in the DAG '{request.DagId}' {UnknownName.Message("task", from, [.. dag.Spec.Tasks.Select(task => task.Id)])}");
        return await connection.Statement(
            "operations/failed_runs", dag.DagNo, Typed(request.Since?.UtcDateTime, NpgsqlDbType.TimestampTz), request.FromTask is not null, Text(by.Once is null ? null : $"{by.Name} {by.Once}")).ListAsync(
            row => new RunToClear(row.GetInt64(0), row.GetInt32(1), row.GetChar(2), row.GetFieldValue<DateTimeOffset>(3)), cancellation).ConfigureAwait(false);
    }

    private Task<RerunRun> GoOnAsync(RunToClear run, bool dry, bool reuse, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(dry ? by with { Once = null } : by, "clear what failed", run.RunId) with { Part = run.RunId, Silent = dry },
        async connection =>
        {
            // Locked before it is looked at: what has failed shall still have failed when it is cleared.
            if (!dry && await connection.Statement("operations/lock_run", run.RunId).ScalarAsync<char>(cancellation).ConfigureAwait(false) != 'f')
                throw new RefusedException($"run {run.RunId} has just changed: it has not failed any more");
            var spec = SpecJson.Read((await connection.Statement("operations/version_spec", run.VersionId).ScalarAsync<string>(cancellation).ConfigureAwait(false))!);
            var states = (await connection.Statement("operations/instance_states", run.RunId).ListAsync(
                row => (Key: new InstanceKey(run.RunId, row.GetInt32(0), row.GetInt32(1)), State: row.GetChar(2)), cancellation).ConfigureAwait(false)).ToDictionary(row => row.Key, row => row.State);
            var failed = spec.Tasks.Where((task, no) => task.Role != TaskRole.Removed && Failed(states, new(run.RunId, no, -1)).Any()).Select(task => task.Id).ToList();
            if (failed.Count == 0)
                throw new RefusedException($"no task of run {run.RunId} has failed: there is nothing to run again");
            var keys = ClearSet.Of(run.RunId, spec, failed, -1, downstream: false, upstream: false, key => Failed(states, key));
            var count = dry
                ? keys.Sum(key => key.MapIndex >= 0 ? 1 : states.Keys.Count(one => one.TaskNo == key.TaskNo))
                : await ClearAsync(connection, run.RunId, keys, reuse ? Keepers(spec, failed) : null, null, by, cancellation).ConfigureAwait(false);
            return new RerunRun(run.RunId, run.ScheduledFor, [.. keys.Select(key => spec.Tasks[key.TaskNo].Id).Distinct()], count);
        },
        cancellation);
}
