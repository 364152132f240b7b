using System.Data.Common;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Testing;

namespace Pipelines.Postgres.Tests.Examples;

/// <summary>What the documentation shows of SQL: transactions of bodies, and runs that start with somebody's own data.</summary>
[SupportedOSPlatform("linux")]
public sealed class SqlExamples(World world) : EngineTest(world)
{
    [Fact]
    public async Task Transactions_of_a_body()
    {
        var text = await TestServer.EmptyAsync();
        await RunAsync(text, "create table staged(n int); create table booked(n int); create table month(closed boolean); insert into staged values (1), (2); insert into month values (false)");
        var run = await DagTest.For(new ClosingDag()).WithDatabase(() => new NpgsqlConnection(text), "warehouse").WithDatabase(() => new NpgsqlConnection(text)).RunAsync();
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal((2, 2), (run.Output<int>("load"), run.Output<int>("book")));
        Assert.Equal(4L, await RunAsync(text, "select count(*) from booked join month on closed"));
    }

    [Fact]
    public async Task A_test_with_a_database()
    {
        var text = await TestServer.EmptyAsync();
        await RunAsync(text, "create table booked(n int); insert into booked values (1), (2)");
        var run = await DagTest.For(new BookingDag()).WithDatabase(() => new NpgsqlConnection(text), "warehouse").RunAsync();
        Assert.Equal(2, run.Output<int>("clear"));
    }

    [Fact]
    public async Task An_order_and_the_run_that_ships_it()
    {
        await World.DagAsync(Graph.Parse("ship_order", "ship") with { Arguments = JsonNode.Parse("""{"type":"object","properties":{"id":{"type":"integer"}}}""") });
        await using var connection = new NpgsqlConnection(World.ConnectionString);
        await connection.OpenAsync();
        var order = new Order(815);
        await using var transaction = await connection.BeginTransactionAsync();
        await SaveAsync(order, connection);
        var run = await connection.StartRunAsync("ship_order", new { order.Id }, key: $"order-{order.Id}");
        await transaction.CommitAsync();
        Assert.Equal(run, await connection.StartRunAsync("ship_order", new { order.Id }, key: $"order-{order.Id}"));
        Assert.Equal(1L, await RunAsync(World.ConnectionString, $"select count(*) from pipelines.dag_run where run_id = {run}"));
    }

    [Fact]
    public async Task A_store_that_refuses_the_smaller_token()
    {
        var text = await TestServer.EmptyAsync();
        await RunAsync(text, "create table stock(id int, n int, token bigint); insert into stock values (1, 5, 7)");
        await using var connection = new NpgsqlConnection(text);
        await connection.OpenAsync();
        foreach (var (token, rows) in new[] { (6L, 0), (7L, 1), (9L, 1), (8L, 0) })
        {
            await using var command = new NpgsqlCommand("update stock set n = @n, token = @token where id = @id and token <= @token", connection);
            command.Parameters.AddWithValue("n", 4);
            command.Parameters.AddWithValue("id", 1);
            command.Parameters.AddWithValue("token", token);
            Assert.Equal(rows, await command.ExecuteNonQueryAsync());
        }
    }

    private static async Task<object?> RunAsync(string text, string sql)
    {
        await using var source = NpgsqlDataSource.Create(text);
        await using var connection = await source.OpenConnectionAsync();
        await using var command = World.Command(connection, sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task SaveAsync(Order order, NpgsqlConnection connection)
    {
        await using var command = World.Command(connection, $"create table if not exists public.shop_order(id int); insert into public.shop_order values ({order.Id})");
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Order(int Id);

    [Dag("closing")]
    private sealed class ClosingDag : Dag
    {
        public override void Define(DagBuilder dag)
        {
            var load = dag.Task(Load);
            dag.Task(Book).After(load);
        }

        public async Task<int> Load(TaskContext context)
        {
            var rows = await context.TransactionAsync("book", async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "insert into booked select * from staged";
                return await command.ExecuteNonQueryAsync(context.Cancellation);
            }, connection: "warehouse");
            await context.TransactionAsync("close", async (connection, transaction) =>
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "update month set closed = true";
                await command.ExecuteNonQueryAsync(context.Cancellation);
            });
            return rows;
        }

        public Task<int> Book(TaskContext context) => context.CompleteAsync("book", async (connection, transaction) =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "insert into booked select * from staged";
            return await command.ExecuteNonQueryAsync(context.Cancellation);
        });
    }

    [Dag("booking")]
    private sealed class BookingDag : Dag
    {
        public override void Define(DagBuilder dag) => dag.Task("clear", context => context.TransactionAsync("clear", ClearAsync, "warehouse"));

        private static async Task<int> ClearAsync(DbConnection connection, DbTransaction transaction)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "delete from booked";
            return await command.ExecuteNonQueryAsync();
        }
    }
}
