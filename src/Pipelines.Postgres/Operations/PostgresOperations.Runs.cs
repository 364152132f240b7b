using System.Diagnostics;
using NodaTime;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Runs: starting, notes and deletion.</content>
public sealed partial class PostgresOperations
{
    private const int LongestKey = 200;
    private const int LongestNote = 2000;
    private const int MostPriority = 100;

    public Task<StartedRun> StartRunAsync(NewRun run, Actor by, CancellationToken cancellation)
    {
        if (run.Key is { } named && (string.IsNullOrWhiteSpace(named) || named.Length > LongestKey))
            throw new RefusedException($"a key has 1 to {LongestKey} characters");
        if (run.Priority is < -MostPriority or > MostPriority)
            throw new RefusedException($"a priority is -{MostPriority} to {MostPriority}, not {run.Priority}");
        return AgainIfTakenAsync(() => StartAsync(run, by, cancellation));
    }

    private Task<StartedRun> StartAsync(NewRun run, Actor by, CancellationToken cancellation)
    {
        var note = NoteText(run.Note);
        return InTransactionAsync(
            new Act(by, "start run", "dag", run.DagId),
            async connection =>
            {
                // The lock of the DAG holds off whoever asks for the same key.
                var dag = await LockDagAsync(connection, run.DagId, cancellation).ConfigureAwait(false);
                if (run.Key is { } key && await connection.Statement("operations/run_of_key", dag.DagNo, key).ScalarAsync<long?>(cancellation).ConfigureAwait(false) is { } made)
                {
                    if (run.Signal is not null)
                        await SendAsync(connection, made, run.Signal, by.Name, cancellation).ConfigureAwait(false);
                    return new StartedRun(made, false);
                }

                if (dag.Retired)
                    throw new RefusedException($"the DAG '{run.DagId}' is retired: its folder is gone. Put its assembly back to start runs");
                if (run.Interval is { } given && given.Start >= given.End)
                    throw new RefusedException($"the interval starts at {given.Start:u}, which is not before its end {given.End:u}. Exchange them");
                var kept = Kept(dag.Spec, RunArguments.Check(run.DagId, dag.Spec.Arguments, run.Arguments));
                if (await JoinedAsync(connection, dag.DagNo, dag.VersionId, kept, run, by, cancellation).ConfigureAwait(false) is { } joined)
                {
                    if (run.Key is not null)
                        await connection.Statement("operations/set_key", joined, run.Key).ExecuteAsync(cancellation).ConfigureAwait(false);
                    return new StartedRun(joined, false);
                }

                var data = run.Interval ?? LastInterval(dag);
                var id = (await connection.Statement(
                    "operations/start_run", dag.DagNo, dag.VersionId, dag.Now.ToDateTimeUtc(), Moment(data?.Start.UtcDateTime), Moment(data?.End.UtcDateTime),
                    Json(kept), by.Name, by.Why is { } why ? $"started by hand: {why}" : "started by hand", (short)run.Priority).ScalarAsync<long[]>(cancellation).ConfigureAwait(false))![0];
                if (run.Key is not null)
                    await connection.Statement("operations/set_key", id, run.Key).ExecuteAsync(cancellation).ConfigureAwait(false);
                if (ActivityContext.TryParse(run.TraceParent, null, out _))
                    await connection.Statement("traces/set_parent", id, run.TraceParent).ExecuteAsync(cancellation).ConfigureAwait(false);
                if (run.Signal is not null)
                    await SendAsync(connection, id, run.Signal, by.Name, cancellation).ConfigureAwait(false);
                if (note is not null)
                    await SetNoteAsync(connection, id, -1, -1, "", note, by, cancellation).ConfigureAwait(false);
                await WakeSchedulerAsync(connection, cancellation).ConfigureAwait(false);
                return new StartedRun(id, true);
            },
            cancellation);
    }

    /// <summary>Arguments as they are stored.</summary>
    /// <exception cref="RefusedException">Somebody else has encoded what the engine has to look at.</exception>
    private string? Kept(DagSpec spec, string? arguments)
    {
        Payloads.RefuseKeys(spec.Id, PayloadShape.KeysAmongArguments(spec), arguments);
        return db.Payloads.Encode(arguments, PayloadShape.OfArguments(spec));
    }

    public Task NoteAsync(long runId, string? taskId, int mapIndex, string? text, Actor by, CancellationToken cancellation)
    {
        var note = NoteText(text);
        return InTransactionAsync(
            Act.OfRun(by, taskId is null ? "note" : $"note on {taskId}{(mapIndex < 0 ? "" : $"[{mapIndex}]")}", runId),
            async connection =>
            {
                var found = await connection.Statement("operations/run_to_repeat", runId).ListAsync(row => (DagId: row.GetString(0), Version: row.GetInt32(1)), cancellation).ConfigureAwait(false);
                if (found.Count == 0)
                    throw await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
                if (taskId is null)
                    return await SetNoteAsync(connection, runId, -1, -1, "", note, by, cancellation).ConfigureAwait(false);
                var spec = SpecJson.Read((await connection.Statement("operations/version_spec", found[0].Version).ScalarAsync<string>(cancellation).ConfigureAwait(false))!);
                if (spec.Tasks.All(task => task.Id != taskId))
                    throw new RefusedException($"in the DAG '{found[0].DagId}' {UnknownName.Message("task", taskId, [.. spec.Tasks.Select(task => task.Id)])}");
                var no = Number(spec, taskId);
                var there = await connection.Statement("operations/instance_states", runId).ListAsync(row => (row.GetInt32(0), row.GetInt32(1)), cancellation).ConfigureAwait(false);
                if (mapIndex >= 0 && !there.Contains((no, mapIndex)))
                    throw new RefusedException($"the task '{taskId}' of run {runId} has no element {mapIndex}");
                return await SetNoteAsync(connection, runId, no, mapIndex, $" on {taskId}{(mapIndex < 0 ? "" : $"[{mapIndex}]")}", note, by, cancellation).ConfigureAwait(false);
            },
            cancellation);
    }

    public Task DeleteRunAsync(long runId, Actor by, CancellationToken cancellation) => InTransactionAsync(
        Act.OfRun(by, "delete", runId),
        async connection =>
        {
            if (await connection.Statement("operations/delete_run", runId, by.Name, Text(by.Why)).ScalarAsync<long?>(cancellation).ConfigureAwait(false) is { } deleted)
                return deleted;
            throw await connection.Statement("operations/run_state", runId).ScalarAsync<char?>(cancellation).ConfigureAwait(false) is { } state
                ? new RefusedException(RunState.Ended(state)
                    ? $"run {runId} goes on as a run that is open, or has started one; it can be deleted when that has ended"
                    : $"run {runId} is {RunState.Word(state)}; only a run that has ended can be deleted. Cancel it first: pipelines runs cancel {runId}")
                : await NoRunAsync(connection, runId, cancellation).ConfigureAwait(false);
        },
        cancellation);

    private static Task<int> SetNoteAsync(
        NpgsqlConnection connection, long runId, int taskNo, int mapIndex, string on, string? text, Actor by, CancellationToken cancellation) =>
        connection.Statement("operations/set_note", runId, taskNo, mapIndex, Text(text), by.Name, on).ExecuteAsync(cancellation);

    private static string? NoteText(string? text) => string.IsNullOrWhiteSpace(text) ? null
        : text.Length <= LongestNote ? text.Trim() : throw new RefusedException($"a note has up to {LongestNote:N0} characters; this one has {text.Length:N0}");
}
