using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <content>Runs of one key, of which at most one is open.</content>
public sealed partial class PostgresOperations
{
    /// <summary>The open run that is the answer, as the DAG says; null: a new one is to be made.</summary>
    /// <exception cref="RefusedException">One is open, and the DAG refuses another.</exception>
    private async Task<long?> JoinedAsync(NpgsqlConnection connection, int dagNo, int version, string? arguments, NewRun run, Actor by, CancellationToken cancellation)
    {
        var found = await connection.Statement("entities/open", dagNo, version, Json(arguments)).ListAsync(
            row => (RunId: row.GetInt64(0), Conflict: row.GetChar(1), Refusal: row.GetString(2)), cancellation).ConfigureAwait(false);
        if (found is not [var open] || open.Conflict == 'q')
            return null;
        if (open.Conflict == 'r')
            throw new RefusedException(open.Refusal);
        if (run.Signal is not null && open.Conflict == 'j')
            throw new RefusedException($"run {open.RunId} is open for the key, and is joined without a signal. Set OnConflict.SignalExisting, or send it: pipelines runs signal {open.RunId} {run.Signal.Name}");
        if (run.Signal is null)
            return open.RunId;
        // Locked before it is sent to: it may end just now, and go on as another one, whose signal it is then.
        if (await connection.Statement("entities/lock_open", open.RunId).ScalarAsync<long?>(cancellation).ConfigureAwait(false) is null)
            return await JoinedAsync(connection, dagNo, version, arguments, run, by, cancellation).ConfigureAwait(false);
        await SendAsync(connection, open.RunId, run.Signal, by.Name, cancellation).ConfigureAwait(false);
        return open.RunId;
    }

    /// <summary>Somebody whom the DAG's lock does not hold off, a transaction of an author's, may have opened a run of the key meanwhile: the second try sees it.</summary>
    private static async Task<T> AgainIfTakenAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (RefusedException e) when (e.Message == Db.KeyTaken)
        {
            return await work().ConfigureAwait(false);
        }
    }
}
