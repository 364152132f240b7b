using System.Data;
using System.Data.Common;
using System.Text;

namespace Pipelines;

/// <summary>Starts runs in a transaction of one's own.</summary>
public static class TransactionalStart
{
    private static readonly string Sql = Read();

    extension(DbConnection connection)
    {
        /// <summary>
        /// Makes a run of a DAG on this connection, which leads to the database of Pipelines: in its transaction, if it has one, so that the run is there when that commits and never was when it rolls back. It calls the SQL function
        /// <c>pipelines.start_run</c>, as any other language may; its role needs <c>usage</c> of the schema <c>pipelines</c>.
        /// </summary>
        /// <param name="dagId">The DAG.</param>
        /// <param name="arguments">An object of its arguments type, or an anonymous one with some of its members; null: none.</param>
        /// <param name="key">One's own name for the run, such as the order's number: of one there is one run, whoever asks again gets it. 1 to 200 characters; null: none.</param>
        /// <param name="interval">The data that it stands for; null: it has no interval, also where the DAG has a schedule.</param>
        /// <param name="priority">Its tasks go before ready tasks of lower priority by so much more; -100 to 100.</param>
        /// <param name="transaction">The connection's, where the driver wants it named.</param>
        /// <param name="cancellation">Gives up.</param>
        /// <returns>The run's number.</returns>
        /// <exception cref="DbException">There is no such DAG, it is retired, the arguments don't fit, or the priority is beyond its bounds (SQLSTATE PL003, and the message says which); or the database's own errors.</exception>
        /// <example>
        /// <code>
        /// await using var transaction = await connection.BeginTransactionAsync();
        /// await SaveAsync(order, connection);
        /// var run = await connection.StartRunAsync("ship_order", new { order.Id }, key: $"order-{order.Id}");
        /// await transaction.CommitAsync();
        /// </code>
        /// </example>
        public async Task<long> StartRunAsync(
            string dagId, object? arguments = null, string? key = null, Interval? interval = null, int priority = 0, DbTransaction? transaction = null, CancellationToken cancellation = default)
        {
            ArgumentNullException.ThrowIfNull(dagId);
            var command = connection.CreateCommand();
            await using var disposed = command.ConfigureAwait(false);
            command.CommandText = Sql;
            command.Transaction = transaction;
            Add(command, DbType.String, dagId);
            Add(command, DbType.String, arguments is null ? null : Encoding.UTF8.GetString(OutputJson.Write(arguments)));
            Add(command, DbType.String, key);
            Add(command, DbType.DateTime, interval?.Start.UtcDateTime);
            Add(command, DbType.DateTime, interval?.End.UtcDateTime);
            Add(command, DbType.Int32, priority);
            return (long)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        }
    }

    private static void Add(DbCommand command, DbType type, object? value)
    {
        var parameter = command.CreateParameter();
        (parameter.DbType, parameter.Value) = (type, value ?? DBNull.Value);
        command.Parameters.Add(parameter);
    }

    private static string Read()
    {
        using var stream = typeof(TransactionalStart).Assembly.GetManifestResourceStream("start_run.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
