using NodaTime;
using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>What people do, in PostgreSQL: one transaction an operation, with an event that says who did it.</summary>
public sealed partial class PostgresOperations(Db db) : IOperations
{
    private sealed record LockedDag(int DagNo, int VersionId, bool Paused, bool Retired, DagSpec Spec, Instant Now);

    public Task PauseAsync(string dagId, Actor by, CancellationToken cancellation) => SetPausedAsync(dagId, true, by, cancellation);

    public Task ResumeAsync(string dagId, Actor by, CancellationToken cancellation) => SetPausedAsync(dagId, false, by, cancellation);

    public Task<char> CancelRunAsync(long runId, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, "cancel", runId),
        async connection =>
        {
            if (await connection.Statement("operations/cancel_run", runId, by.Name, Text(by.Why)).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is { } after)
                return after;
            if (await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is { } state)
                throw new RefusedException($"run {runId} has ended already ({RunState.Word(state)}): there is nothing to cancel");
            throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
        },
        cancellation);

    public Task RetryNotificationAsync(long id, Actor by, CancellationToken cancellation) =>
        InTransactionAsync(new Act(by, "retry", "notification", $"{id}"), connection => connection.Statement("notifications/retry", id, by.Name, Text(by.Why)).ExecuteAsync(cancellation), cancellation);

    public Task SetPoolAsync(string name, int slots, Actor by, CancellationToken cancellation)
    {
        if (slots < 0)
            throw new RefusedException($"a pool cannot have {slots} slots; give 0 or more");
        if (string.IsNullOrWhiteSpace(name) || name.Length > 100)
            throw new RefusedException("a pool's name has 1 to 100 characters");
        return InTransactionAsync(new Act(by, "set slots", "pool", name), connection => connection.Statement("operations/set_pool", name, slots, by.Name, Text(by.Why)).ExecuteAsync(cancellation), cancellation);
    }

    private Task<int> SetPausedAsync(string dagId, bool paused, Actor by, CancellationToken cancellation) => InTransactionAsync(
        new Act(by, paused ? "pause" : "resume", "dag", dagId),
        async connection =>
        {
            var dag = await LockDagAsync(connection, dagId, cancellation).ConfigureAwait(false);
            await connection.Statement("operations/set_paused", dag.DagNo, paused, by.Name, Text(by.Why)).ExecuteAsync(cancellation).ConfigureAwait(false);
            if (!paused)
                await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
            return dag.DagNo;
        },
        cancellation);

    /// <summary>"Run now" of a DAG with a schedule means its last period that is complete.</summary>
    private static Interval? LastInterval(LockedDag dag)
    {
        // Code of the DAG's assembly is not run in here: who starts a run of a custom schedule says the interval.
        if (ScheduleOf.IsCustom(dag.Spec) || ScheduleOf.Spec(dag.Spec) is not { } schedule)
            return null;
        // A tick at this very moment has just completed its interval.
        var tick = schedule.TickBefore(dag.Now + Duration.Epsilon) ?? throw new RefusedException(
            $"the DAG '{dag.Spec.Id}' has no complete interval yet. Give one with --interval-start and --interval-end");
        return new Interval(tick.IntervalStart.ToDateTimeOffset(), tick.IntervalEnd.ToDateTimeOffset());
    }

    private static async Task<LockedDag> LockDagAsync(NpgsqlConnection connection, string dagId, CancellationToken cancellation)
    {
        await connection.Statement("operations/lock_dag", dagId).ScalarAsync<int?>(cancellation).ConfigureAwait(false);
        await using (var command = connection.Statement("operations/locked_dag", dagId))
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            if (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                return new LockedDag(
                    reader.GetInt32(0), reader.GetInt32(1), reader.GetBoolean(2), reader.GetBoolean(3), SpecJson.Read(reader.GetString(4)),
                    Instant.FromDateTimeOffset(reader.GetFieldValue<DateTimeOffset>(5)));
        }

        var known = await connection.Statement("operations/dag_ids").ListAsync(row => row.GetString(0), cancellation).ConfigureAwait(false);
        throw new RefusedException(UnknownName.Message("DAG", dagId, known));
    }

    private static async Task<RefusedException> NoRunAsync(NpgsqlConnection connection, long runId, CancellationToken cancellation)
    {
        var newest = await connection.Statement("operations/newest_run").ScalarAsync<long?>(cancellation).ConfigureAwait(false);
        return new($"there is no run {runId}; " + (newest is null ? "there is none at all" : $"the newest is {newest}"));
    }

    private static Task<int> WakeSchedulerAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.Statement("operations/wake_scheduler").ExecuteAsync(cancellation);

    private Task<T> InTransactionAsync<T>(Act act, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => act.InTransactionAsync(db, work, cancellation);
}
