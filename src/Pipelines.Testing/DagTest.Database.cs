using System.Data.Common;

namespace Pipelines.Testing;

/// <content>Databases that bodies write to.</content>
public sealed partial class DagTest
{
    private readonly Dictionary<string, Func<DbConnection>> _databases = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Where <see cref="TaskContext.TransactionAsync{T}"/> and <see cref="TaskContext.CompleteAsync{T}"/> work: each gets a connection of its own and a real transaction on it, which is committed at its end and rolled back when it throws.
    /// </summary>
    /// <param name="open">Makes a connection, open or not, to any database: one made for the test, SQLite in memory, or one that records what it is told. It is disposed after the transaction.</param>
    /// <param name="connection">For transactions of this connection; null: for those without one, in the database of Pipelines.</param>
    /// <example><code>var run = await DagTest.For(new BookingDag()).WithDatabase(() => new NpgsqlConnection(text), "warehouse").RunAsync();</code></example>
    public DagTest WithDatabase(Func<DbConnection> open, string? connection = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        _databases[connection ?? ""] = open;
        return this;
    }

    private DbConnection Database(string? name) => _databases.TryGetValue(name ?? "", out var open) ? open()
        : throw new PipelinesException(name is null
            ? "There is no database for this transaction. Give the test one: WithDatabase(() => new NpgsqlConnection(...))."
            : $"There is no database for the connection '{name}'. Give the test one: WithDatabase(() => new NpgsqlConnection(...), \"{name}\").");
}
