using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresOperations
{
    private const int RetryBatch = 200;

    public Task<long> CreateBackfillAsync(NewBackfill backfill, Actor by, CancellationToken cancellation)
    {
        if (backfill.From > backfill.To)
            throw new RefusedException($"the backfill's first day {backfill.From:uuuu-MM-dd} is after its last day {backfill.To:uuuu-MM-dd}. Exchange them");
        if (backfill.MaxActive < 1)
            throw new RefusedException($"a backfill cannot have {backfill.MaxActive} runs at once; give 1 or more");
        if (!BackfillPlan.Policies.Contains(backfill.Existing))
            throw new RefusedException($"'{backfill.Existing}' is not a way to treat existing runs; write one of: {string.Join(", ", BackfillPlan.Policies)}");
        if (backfill.Version is not ("current" or "original"))
            throw new RefusedException($"'{backfill.Version}' is not a version for dates that are run again; write current or original");
        return InTransactionAsync(
            new Act(by, "start backfill", "dag", backfill.DagId),
            async connection =>
            {
                var dag = await LockDagAsync(connection, backfill.DagId, cancellation).ConfigureAwait(false);
                if (dag.Retired)
                    throw new RefusedException($"the DAG '{backfill.DagId}' is retired: its folder is gone. Put its assembly back to backfill it");
                if (!ScheduleOf.HasIntervals(dag.Spec))
                    throw new RefusedException(ScheduleOf.Named(dag.Spec) is null
                        ? $"the DAG '{backfill.DagId}' has no schedule, so no dates to backfill. Start single runs instead"
                        : $"the DAG '{backfill.DagId}' runs {SchedulePhrase.Of(dag.Spec)}: it has no intervals that could be backfilled. Start single runs instead");
                if (backfill.NewestFirst && dag.Spec.Tasks.FirstOrDefault(task => task.DependsOnPast) is { } past)
                    throw new RefusedException(
                        $"the task '{past.Id}' of '{backfill.DagId}' depends on the run before, so the newest cannot go first. Leave --newest-first out");
                var tasks = BackfillTasks.Of(dag.Spec, backfill);
                var arguments = backfill.Arguments is null ? null : Kept(dag.Spec, RunArguments.Check(backfill.DagId, dag.Spec.Arguments, backfill.Arguments));
                var (from, to) = (backfill.From.ToDateOnly(), backfill.To.ToDateOnly());
                await RefuseOverlapAsync(connection, dag.DagNo, backfill.DagId, from, to, null, cancellation).ConfigureAwait(false);
                var id = await connection.Statement(
                    "operations/create_backfill", dag.DagNo, from, to, backfill.Existing, backfill.NewestFirst, backfill.MaxActive, backfill.Total, by.Name,
                    Typed(tasks?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text), backfill.Version, Json(arguments), Text(by.Why))
                    .ScalarAsync<long>(cancellation).ConfigureAwait(false);
                await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
                return id;
            },
            cancellation);
    }

    public Task PauseBackfillAsync(long id, Actor by, CancellationToken cancellation) => MoveAsync(id, 'p', "pause", "paused", by, cancellation);

    public Task ResumeBackfillAsync(long id, Actor by, CancellationToken cancellation) => MoveAsync(id, 'r', "resume", "resumed", by, cancellation);

    public Task SetBackfillSpeedAsync(long id, int maxActive, Actor by, CancellationToken cancellation)
    {
        if (maxActive < 1)
            throw new RefusedException($"a backfill cannot have {maxActive} runs at once; give 1 or more");
        return InTransactionAsync(
            Act.OfBackfill(by, "set speed", id),
            async connection =>
            {
                await LockOpenAsync(connection, id, "change", cancellation).ConfigureAwait(false);
                await connection.Statement("operations/set_backfill_speed", id, maxActive, by.Name, Text(by.Why)).ExecuteAsync(cancellation).ConfigureAwait(false);
                return await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
            },
            cancellation);
    }

    /// <remarks>Some hundred dates a transaction. If the process dies in between, those that it came to run again, and asking again takes the rest.</remarks>
    public async Task<int> RetryBackfillAsync(long id, Actor by, CancellationToken cancellation)
    {
        var (total, n, before) = (0, 0, (DateTime?)null);
        for (var part = 0; part == 0 || n == RetryBatch; part++)
        {
            n = await InTransactionAsync(
                Act.OfBackfill(by, "retry", id) with { Part = part },
                async connection =>
                {
                    var state = await LockBackfillAsync(connection, id, cancellation).ConfigureAwait(false);
                    if (state == 'c')
                        throw new RefusedException($"backfill {id} was cancelled. Make a new one with --existing failed, which makes the dates that it did not come to as well");
                    var range = (await connection.Statement("operations/backfill_range", id).ListAsync(
                        row => (DagNo: row.GetInt32(0), DagId: row.GetString(1), From: row.GetFieldValue<DateOnly>(2), To: row.GetFieldValue<DateOnly>(3), Now: row.GetDateTime(4)),
                        cancellation).ConfigureAwait(false))[0];
                    before ??= range.Now;                                   // what fails again meanwhile is not run a third time
                    if (RunState.Ended(state))
                        await RefuseOverlapAsync(connection, range.DagNo, range.DagId, range.From, range.To, id, cancellation).ConfigureAwait(false);
                    var batch = await connection.Statement("operations/retry_backfill", id, before, RetryBatch, by.Name, $"run again by a retry of backfill {id}" + (by.Why is { } why ? $": {why}" : ""))
                        .ScalarAsync<int>(cancellation).ConfigureAwait(false);
                    if (batch > 0)
                        await connection.Statement("operations/tell_of_dag", range.DagNo, by.Name, $"backfill {id}: {batch} dates run again" + (by.Why is { } reason ? $": {reason}" : ""))
                            .ExecuteAsync(cancellation).ConfigureAwait(false);
                    await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
                    return batch;
                },
                cancellation).ConfigureAwait(false);
            total += n;
        }

        return total > 0 ? total : throw new RefusedException($"no date of backfill {id} has failed or was cancelled: there is nothing to retry");
    }

    public Task CancelBackfillAsync(long id, bool stopRunning, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfBackfill(by, stopRunning ? "cancel and stop" : "cancel", id),
        async connection =>
        {
            await LockOpenAsync(connection, id, "cancel", cancellation).ConfigureAwait(false);
            return await connection.Statement("operations/cancel_backfill", id, stopRunning, by.Name, Text(by.Why)).ScalarAsync<bool>(cancellation).ConfigureAwait(false);
        },
        cancellation);

    private Task<long> MoveAsync(long id, char to, string verb, string done, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfBackfill(by, verb, id),
        async connection =>
        {
            // What is so already changes nothing, and says nothing.
            if (await LockOpenAsync(connection, id, verb, cancellation).ConfigureAwait(false) != to)
                await connection.Statement("operations/set_backfill_state", id, to.ToString(), by.Name, done, Text(by.Why)).ExecuteAsync(cancellation).ConfigureAwait(false);
            await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
            return id;
        },
        cancellation);

    private static async Task<char> LockOpenAsync(NpgsqlConnection connection, long id, string verb, CancellationToken cancellation) =>
        await LockBackfillAsync(connection, id, cancellation).ConfigureAwait(false) is var state && RunState.Ended(state)
            ? throw new RefusedException($"backfill {id} has ended already ({RunState.Word(state)}): there is nothing to {verb}")
            : state;

    private static async Task<char> LockBackfillAsync(NpgsqlConnection connection, long id, CancellationToken cancellation)
    {
        if (await connection.Statement("operations/lock_backfill", id).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is not { } state)
        {
            var newest = await connection.Statement("operations/newest_backfills").ListAsync(row => row.GetInt64(0), cancellation).ConfigureAwait(false);
            throw new RefusedException(
                $"there is no backfill {id}; " + (newest.Count == 0 ? "there is none at all" : $"the newest are: {string.Join(", ", newest)}"));
        }

        return state;
    }

    private static async Task RefuseOverlapAsync(
        NpgsqlConnection connection, int dagNo, string dagId, DateOnly from, DateOnly to, long? except, CancellationToken cancellation)
    {
        await using var command = connection.Statement("operations/overlapping", dagNo, from, to, Typed(except, NpgsqlDbType.Bigint));
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        if (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            throw new RefusedException(
                $"backfill {reader.GetInt64(0)} of '{dagId}' is open and covers {reader.GetFieldValue<DateOnly>(1):yyyy-MM-dd} to "
                + $"{reader.GetFieldValue<DateOnly>(2):yyyy-MM-dd}, which overlaps. Wait for it, cancel it, or choose other days");
    }
}
