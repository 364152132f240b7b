using System.Data.Common;

namespace Pipelines;

/// <content>SQL that takes effect exactly once.</content>
public sealed partial class TaskContext
{
    /// <summary>
    /// A step whose work is SQL, done exactly once whatever is killed: <paramref name="body"/> gets an open connection and its transaction, and what it writes there is committed together with
    /// the fact that it was done. The next attempt takes the result over.
    /// </summary>
    /// <param name="name">The step's name, 1 to 200 characters; in one attempt each name is used once, by steps of all kinds.</param>
    /// <param name="body">
    /// The SQL, at READ COMMITTED. It neither commits nor rolls back. It may be called again after it was rolled back: at a serialization failure or a deadlock (10 times),
    /// and when the connection breaks. What it does elsewhere than through this connection is not undone. Its result becomes JSON, at most 1 MB.
    /// </param>
    /// <param name="connection">
    /// The connection (as for <see cref="Connection"/>) of a PostgreSQL, where the table <c>pipelines_completion</c> of ours keeps what was done: it is made when first needed. Null, or a connection that leads to
    /// the database of Pipelines itself: that one, by the role of the engine and the search path of that role.
    /// </param>
    /// <typeparam name="T">What it returns: it is read back from its JSON.</typeparam>
    /// <exception cref="FailTaskException">The name is no name, or was used in this attempt; the result is no JSON or too large; the body has ended its transaction; the table is missing and may not be made.</exception>
    /// <exception cref="PipelinesException">There is no connection of that name.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand; a test runs the DAG with <c>DagTest.WithDatabase</c>.</exception>
    /// <remarks>Keep it short: a transaction that is open for minutes keeps PostgreSQL from cleaning up. Cast the connection to <c>NpgsqlConnection</c>, or use it with Dapper or Entity Framework.</remarks>
    /// <example>
    /// <code>
    /// var rows = await context.TransactionAsync("book", async (connection, transaction) =>
    /// {
    ///     await using var command = connection.CreateCommand();
    ///     command.CommandText = "insert into booked select * from staged";
    ///     return await command.ExecuteNonQueryAsync(context.Cancellation);
    /// }, connection: "warehouse");
    /// </code>
    /// </example>
    public Task<T> TransactionAsync<T>(string name, Func<DbConnection, DbTransaction, Task<T>> body, string? connection = null) =>
        TransactAsync(nameof(TransactionAsync), name, body, connection, completes: false);

    /// <summary>The same for SQL that returns nothing.</summary>
    /// <param name="name">The step's name, once an attempt.</param>
    /// <param name="body">The SQL.</param>
    /// <param name="connection">Of which PostgreSQL; null: that of Pipelines.</param>
    /// <exception cref="FailTaskException">As for the other.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// await context.TransactionAsync("close", async (connection, transaction) =>
    /// {
    ///     await using var command = connection.CreateCommand();
    ///     command.CommandText = "update month set closed = true";
    ///     await command.ExecuteNonQueryAsync(context.Cancellation);
    /// });
    /// </code>
    /// </example>
    public Task TransactionAsync(string name, Func<DbConnection, DbTransaction, Task> body, string? connection = null) =>
        TransactAsync(nameof(TransactionAsync), name, Nothing(body), connection, completes: false);

    /// <summary>
    /// <see cref="TransactionAsync{T}"/> as the last thing that the task does: return what it returns. In the database of Pipelines the task's own success, its output and what becomes ready by it commit in the same
    /// transaction; a body that goes on after it changes nothing of that. In another database the task succeeds when its body returns, as always.
    /// </summary>
    /// <param name="name">The step's name, once an attempt.</param>
    /// <param name="body">The SQL; its result is the task's output.</param>
    /// <param name="connection">Of which PostgreSQL; null: that of Pipelines.</param>
    /// <typeparam name="T">The task's output.</typeparam>
    /// <exception cref="FailTaskException">As for a transaction.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    /// <example>
    /// <code>
    /// public Task&lt;int> Book(TaskContext context) => context.CompleteAsync("book", async (connection, transaction) =>
    /// {
    ///     await using var command = connection.CreateCommand();
    ///     command.CommandText = "insert into booked select * from staged";
    ///     return await command.ExecuteNonQueryAsync(context.Cancellation);
    /// });
    /// </code>
    /// </example>
    public Task<T> CompleteAsync<T>(string name, Func<DbConnection, DbTransaction, Task<T>> body, string? connection = null) =>
        TransactAsync(nameof(CompleteAsync), name, body, connection, completes: true);

    /// <summary>The same for a task without an output.</summary>
    /// <param name="name">The step's name, once an attempt.</param>
    /// <param name="body">The SQL.</param>
    /// <param name="connection">Of which PostgreSQL; null: that of Pipelines.</param>
    /// <exception cref="FailTaskException">As for a transaction.</exception>
    /// <exception cref="InvalidOperationException">The context was made by hand.</exception>
    public Task CompleteAsync(string name, Func<DbConnection, DbTransaction, Task> body, string? connection = null) =>
        TransactAsync(nameof(CompleteAsync), name, Nothing(body), connection, completes: true);

    private static Func<DbConnection, DbTransaction, Task<object?>> Nothing(Func<DbConnection, DbTransaction, Task> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return async (connection, transaction) =>
        {
            await body(connection, transaction).ConfigureAwait(false);
            return null;
        };
    }

    private async Task<T> TransactAsync<T>(string member, string name, Func<DbConnection, DbTransaction, Task<T>> body, string? connection, bool completes)
    {
        ArgumentNullException.ThrowIfNull(body);
        var host = Host ?? throw new InvalidOperationException(
            $"{member} needs a database; this context was made by hand. Run the DAG with DagTest.For(...).WithDatabase(() => new NpgsqlConnection(...)), or call the SQL's own method in the test.");
        var json = await host.TransactAsync(
            name, async (open, transaction) => OutputJson.Write(await body(open, transaction).ConfigureAwait(false)), connection, IdempotencyKey, completes, Cancellation).ConfigureAwait(false);
        return OutputJson.Read<T>(json);
    }
}

internal partial interface IAttemptHost
{
    /// <summary>The step's result as JSON. With <paramref name="completes"/> the attempt may have ended with it.</summary>
    Task<byte[]> TransactAsync(
        string name, Func<DbConnection, DbTransaction, Task<byte[]>> body, string? connection, string idempotencyKey, bool completes, CancellationToken cancellation);
}
