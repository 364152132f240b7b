using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Pipelines.Testing.Tests;

/// <summary>Transactions of bodies in a test: real ones, on a connection that the test gives.</summary>
public sealed class TransactionTests
{
    [Fact]
    public async Task A_transaction_is_committed_once_and_rolled_back_when_its_body_throws()
    {
        var database = new Recording();
        var run = await DagTest.For(() => new Booking()).WithDatabase(database.Open).WithDatabase(database.Open, "warehouse").RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal((2, 7), (run["book"].Attempts, run.Output<int>("book")));
        Assert.Equal(["commit", "rollback", "commit"], database.Ends);
    }

    [Fact]
    public async Task A_task_has_succeeded_with_its_last_transaction_whatever_its_body_does_then()
    {
        var run = await DagTest.For(() => new Ending()).WithDatabase(new Recording().Open).RunAsync();
        Assert.Equal(("succeeded", 7, 1), (run.State, run.Output<int>("book"), run["book"].Attempts));
    }

    [Fact]
    public async Task A_test_without_a_database_is_told_how_to_give_it_one()
    {
        var run = await DagTest.For(() => new Booking()).RunAsync();
        Assert.Contains("WithDatabase(() => new NpgsqlConnection(...), \"warehouse\")", run["book"].Why, StringComparison.Ordinal);
    }

    [Dag("booking")]
    private sealed class Booking : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task(Book).Retry(1, TimeSpan.FromHours(1));

        private static async Task<int> Book(TaskContext context)
        {
            var rows = await context.TransactionAsync("write", (_, _) => Task.FromResult(7), "warehouse");
            return await context.CompleteAsync("last", (_, _) => context.Attempt == 1 ? throw new InvalidOperationException("no") : Task.FromResult(rows));
        }
    }

    [Dag("ending")]
    private sealed class Ending : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("book", async context =>
        {
            await context.CompleteAsync("last", (_, _) => Task.FromResult(7));
            throw new InvalidOperationException("too late");
        });
    }

    /// <summary>A database that knows how its transactions ended.</summary>
    private sealed class Recording
    {
        public List<string> Ends { get; } = [];

        public DbConnection Open() => new Connection(this);

        private sealed class Connection(Recording database) : DbConnection
        {
            private ConnectionState _state = ConnectionState.Closed;

            [AllowNull]
            public override string ConnectionString { get; set; } = "";

            public override string Database => "";

            public override string DataSource => "";

            public override string ServerVersion => "";

            public override ConnectionState State => _state;

            public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

            public override void Close() => _state = ConnectionState.Closed;

            public override void Open() => _state = ConnectionState.Open;

            protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => new Transaction(this, database);

            protected override DbCommand CreateDbCommand() => throw new NotSupportedException();
        }

        private sealed class Transaction(Connection connection, Recording database) : DbTransaction
        {
            private bool _ended;

            public override IsolationLevel IsolationLevel => IsolationLevel.ReadCommitted;

            protected override DbConnection DbConnection => connection;

            public override void Commit() => End("commit");

            public override void Rollback() => End("rollback");

            protected override void Dispose(bool disposing)
            {
                if (!_ended)
                    Rollback();
                base.Dispose(disposing);
            }

            private void End(string how)
            {
                _ended = true;
                database.Ends.Add(how);
            }
        }
    }
}
