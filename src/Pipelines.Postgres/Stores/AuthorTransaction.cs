using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

/// <summary>
/// One try of a body's SQL. In the database of Pipelines the step, or the task's end, is written in the same transaction; in another one a row of ours there, which the step is copied from.
/// Either is written by the round trip that commits: no process can stand still while it holds a lock of ours.
/// </summary>
/// <param name="db">The database of Pipelines.</param>
/// <param name="call">What is to be done.</param>
/// <param name="body">The author's part.</param>
internal sealed class AuthorTransaction(Db db, TransactionCall call, Func<DbConnection, DbTransaction, Task<byte[]>> body)
{
    private const string Table = "pipelines_completion";
    private readonly string _mark = Guid.NewGuid().ToString();
    private Phase _phase = Phase.Connecting;
    private long _began;

    private enum Phase
    {
        Connecting,
        Body,
        Commit,
    }

    private string Where => call.Connection is { } named ? $"connection '{named.Name}'" : "the database of Pipelines";

    /// <param name="home">Which database is that of Pipelines.</param>
    /// <param name="cancellation">Gives up; what was not committed is rolled back.</param>
    public async Task<TransactionAnswer> RunAsync(string home, CancellationToken cancellation)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await OpenAsync(cancellation).ConfigureAwait(false);
            if (call.Connection is null)
                return await HereAsync(connection, cancellation).ConfigureAwait(false);
            var there = (await connection.Statement("transactions/place").ListAsync(
                row => (Place: row.GetString(0), HasTable: row.GetBoolean(1), Path: row.GetString(2)), cancellation).ConfigureAwait(false))[0];
            return there.Place == home ? await HereAsync(connection, cancellation).ConfigureAwait(false)
                : await ElsewhereAsync(connection, there.HasTable, there.Path, cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (_phase == Phase.Commit && e.SqlState is "PL001" or "PL011")
        {
            return new TransactionAnswer(TransactionEnd.Fenced);
        }
        catch (PostgresException e) when (_phase == Phase.Commit && e.SqlState == "PL012")
        {
            return new TransactionAnswer(TransactionEnd.DoneBefore);
        }
        catch (Exception e) when (Meaning(e, connection) is { } known)
        {
            throw known;
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        if (call.Connection is not { } named)
            return await db.OpenForAuthorAsync(cancellation).ConfigureAwait(false);
        NpgsqlConnection connection;
        try
        {
            connection = new NpgsqlConnection(ConnectionText.Normalize(named.Text));
        }
        catch (FormatException)
        {
            throw new FailTaskException($"The connection '{named.Name}' is not one of PostgreSQL, which a transaction that is done exactly once needs: postgres://user:password@host:5432/name, or Host=...;Database=...;Username=....");
        }

        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        return connection;
    }

    private async Task<TransactionAnswer> HereAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var output = await DoAsync(connection, cancellation).ConfigureAwait(false);
        var key = call.Key;
        await CommitAsync(connection, db.SearchPath, call.Completes ? "transactions/complete" : "transactions/keep", cancellation,
            call.WorkerId, key.RunId, key.TaskNo, key.MapIndex, call.Attempt, _mark, call.Name, call.Tries, Stopwatch.GetElapsedTime(_began).TotalSeconds, Output(output)).ConfigureAwait(false);
        return new TransactionAnswer(call.Completes ? TransactionEnd.Completed : TransactionEnd.Kept, output);
    }

    private async Task<TransactionAnswer> ElsewhereAsync(NpgsqlConnection connection, bool hasTable, string path, CancellationToken cancellation)
    {
        if (!hasTable)
            await MakeTableAsync(connection, cancellation).ConfigureAwait(false);
        else if (call.Look && await FindAsync(connection, cancellation).ConfigureAwait(false) is { } done)
            return done;
        var output = await DoAsync(connection, cancellation).ConfigureAwait(false);
        try
        {
            if (await CommitAsync(connection, path, "transactions/record", cancellation, call.IdempotencyKey, call.Name, call.Since.UtcDateTime, Output(output), _mark).ConfigureAwait(false) == 0)
                throw EndedByItself();
            return new TransactionAnswer(TransactionEnd.Elsewhere, output);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, TableName: Table })
        {
            // Another attempt, or a try whose answer was lost, has committed first: the server has rolled this one back.
            await connection.CloseAsync().ConfigureAwait(false);
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            return await FindAsync(connection, cancellation).ConfigureAwait(false) ?? throw new UnreachableException();
        }
    }

    private async Task<byte[]> DoAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        _began = Stopwatch.GetTimestamp();
        _phase = Phase.Body;
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation).ConfigureAwait(false);
        await connection.Statement("transactions/mark", _mark).ExecuteAsync(cancellation).ConfigureAwait(false);
        var output = await body(connection, transaction).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        _phase = Phase.Commit;
        return connection.State == ConnectionState.Open ? output : throw EndedByItself();
    }

    /// <returns>How many rows <paramref name="last"/> has written.</returns>
    private static async Task<int> CommitAsync(NpgsqlConnection connection, string path, string last, CancellationToken cancellation, params object[] values)
    {
        await using var batch = new NpgsqlBatch(connection);
        var wrote = Add(batch, last, values);
        batch.BatchCommands.Insert(0, Command("transactions/constraints", []));
        batch.BatchCommands.Insert(1, Command("transactions/path", [path]));
        Add(batch, "transactions/commit", []);
        FailPoint.Hit($"{last}.before");
        await batch.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        FailPoint.Hit($"{last}.after");
        return (int)wrote.Rows;
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string query, object[] values)
    {
        var command = Command(query, values);
        batch.BatchCommands.Add(command);
        return command;
    }

    private static NpgsqlBatchCommand Command(string query, object[] values)
    {
        var command = new NpgsqlBatchCommand(Queries.All[query]);
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    private async Task<TransactionAnswer?> FindAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var found = await connection.Statement("transactions/find", call.IdempotencyKey, call.Name, call.Since.UtcDateTime).ListAsync(
            row => row.IsDBNull(0) ? "null" : row.GetString(0), cancellation).ConfigureAwait(false);
        return found is [var json] ? new TransactionAnswer(TransactionEnd.Elsewhere, System.Text.Encoding.UTF8.GetBytes(json)) : null;
    }

    private async Task MakeTableAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await connection.Statement("transactions/make_table").ExecuteAsync(cancellation).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject)
        {
            // Somebody makes it at the same moment: which of the three it is depends on the moment.
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new FailTaskException(
                $"The role of {Where} may not make the table {Table}, in which we keep what was done exactly once ({e.MessageText}). Make it there, and grant select and insert on it: {Queries.All["transactions/make_table"]}");
        }
    }

    private static NpgsqlParameter Output(byte[] json) => Typed(System.Text.Encoding.UTF8.GetString(json), NpgsqlDbType.Jsonb);

    private FailTaskException EndedByItself() => new(
        $"The body of '{call.Name}' has ended its transaction itself, so what it wrote cannot be kept together with the fact that it was done. Leave commit and rollback to TransactionAsync.");

    /// <summary>What an error says about this try; null: it is the author's own.</summary>
    private Exception? Meaning(Exception e, NpgsqlConnection? connection) => Innermost(e) switch
    {
        _ when e is PipelinesException or StoreUnavailableException or OperationCanceledException => null,
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected } conflict => new TransactionConflictException(conflict.MessageText, e),
        PostgresException { SqlState: "PL013" } => EndedByItself(),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused when _phase == Phase.Commit => new FailTaskException(
            $"The role of {Where} may not write what was done ({refused.MessageText}). "
            + (call.Connection is null ? "Grant it the tables of Pipelines." : $"Grant it select and insert on {Table}; if it is the database of Pipelines itself, leave the connection's name out.")),
        PostgresException { SqlState: [ '2', '2', .. ] } data when _phase == Phase.Commit => new FailTaskException($"What '{call.Name}' returned cannot be stored: {data.MessageText}."),
        PostgresException { SqlState: ['0', '8', ..] or ['5', '7', 'P', ..] or PostgresErrorCodes.TooManyConnections } gone => Lost(gone, gone.MessageText),
        PostgresException => null,
        // Whatever a driver, or what is built on it, says of a connection that is gone: also that it is not open.
        _ when connection is not null && (connection.FullState & ConnectionState.Open) == 0 => Lost(e, e.InnerException?.Message ?? e.Message),
        NpgsqlException or System.Net.Sockets.SocketException or IOException or TimeoutException when _phase != Phase.Body => Lost(e, e.InnerException?.Message ?? e.Message),
        _ => null,
    };

    private TransactionLostException Lost(Exception e, string why) => new($"{Where} was lost: {why}", _phase == Phase.Commit, e);

    /// <summary>The driver's error inside one of Entity Framework, or of whatever the author uses.</summary>
    private static Exception Innermost(Exception e)
    {
        for (var at = e; at is not null; at = at.InnerException)
        {
            if (at is NpgsqlException)
                return at;
        }

        return e;
    }
}
