using System.Data.Common;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>SQL of a body and the fact that it was done, together or not at all.</summary>
[SupportedOSPlatform("linux")]
public sealed class TransactionTests(World world) : EngineTest(world)
{
    private const string Here = "";

    [Theory]
    [InlineData(Here)]
    [InlineData("same")]
    [InlineData("other")]
    public async Task What_was_written_is_there_with_the_step_and_is_not_written_again(string where)
    {
        await using var books = await Books.OpenAsync(World, where);
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal((7, false), await BookAsync(books, hand, a, 7));
        Assert.Equal([7], await books.EntriesAsync());
        await hand.LoseAsync();
        var next = await World.WorkerAsync();
        var again = Assert.Single(await next.TakeAsync());
        Assert.Equal((7, false), await BookAsync(books, next, again, 8));
        Assert.Equal([7], await books.EntriesAsync());
        Assert.Equal("book", Assert.Single(await World.Console.StepsAsync(a.Key, 10, default)).Name);
    }

    [Theory]
    [InlineData(Here)]
    [InlineData("other")]
    public async Task A_body_that_throws_leaves_nothing(string where)
    {
        await using var books = await Books.OpenAsync(World, where);
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => BookAsync(books, hand, a, 7, () => throw new InvalidOperationException("no")));
        Assert.Empty(await books.EntriesAsync());
        Assert.Equal((8, false), await BookAsync(books, hand, a, 8));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attempt_that_was_taken_back_while_its_body_ran_writes_nothing(bool completes)
    {
        await using var books = await Books.OpenAsync(World, Here);
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await Assert.ThrowsAsync<OperationCanceledException>(() => BookAsync(books, hand, a, 7, () => hand.LoseAsync(), completes));
        Assert.Empty(await books.EntriesAsync());
        Assert.Equal("r:q", await World.StateAsync(run));

        var next = await World.WorkerAsync();
        var again = Assert.Single(await next.TakeAsync());
        await Assert.ThrowsAsync<OperationCanceledException>(() => BookAsync(books, next, again, 7, () => World.Operations.ClearTasksAsync(run, [a.Key], "test", default), completes));
        Assert.Empty(await books.EntriesAsync());
    }

    [Fact]
    public async Task Nothing_of_ours_is_locked_while_a_body_runs()
    {
        await using var books = await Books.OpenAsync(World, Here);
        await World.RunOfAsync("a; b");
        var hand = await World.WorkerAsync();
        var both = await hand.TakeAsync();
        await BookAsync(books, hand, both[0], 7, async () => Assert.Empty((await hand.AdvanceAsync(0, Hand.Report(both[1], 's'))).Fenced), completes: true);
        Assert.Equal("s:ss", await World.StateAsync(both[0].Key.RunId));
    }

    [Fact]
    public async Task The_task_succeeds_with_its_last_transaction_and_the_run_goes_on()
    {
        await using var books = await Books.OpenAsync(World, Here);
        var run = await World.RunOfAsync("a; b < a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        Assert.Equal((7, true), await BookAsync(books, hand, a, 7, completes: true));
        Assert.Equal("r:sq", await World.StateAsync(run));
        Assert.Equal("7", await World.OneAsync<string>("select output::text from task_instance where run_id = $1 and task_no = 0", run));
        Assert.Single((await hand.AdvanceAsync(0, Hand.Report(a, 'f'))).Fenced);
        await hand.TakeAsync();
        await hand.EndAsync(run, "b");
        Assert.Equal("s:ss", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_task_does_not_succeed_with_a_transaction_elsewhere()
    {
        await using var books = await Books.OpenAsync(World, "other");
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        Assert.Equal((7, false), await BookAsync(books, hand, Assert.Single(await hand.TakeAsync()), 7, completes: true));
        Assert.Equal("r:r", await World.StateAsync(run));
    }

    [Fact]
    public async Task What_another_attempt_has_committed_elsewhere_meanwhile_is_what_counts()
    {
        await using var books = await Books.OpenAsync(World, "other");
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var next = await World.WorkerAsync();
        Assert.Equal((8, false), await BookAsync(books, hand, a, 7, async () =>
        {
            await hand.LoseAsync();
            Assert.Equal((8, false), await BookAsync(books, next, Assert.Single(await next.TakeAsync()), 8));
        }));
        Assert.Equal([8], await books.EntriesAsync());
    }

    [Fact]
    public async Task What_was_committed_elsewhere_by_a_process_that_died_then_is_found_there()
    {
        await using var books = await Books.OpenAsync(World, "other");
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await BookAsync(books, hand, a, 7);
        await World.ExecuteAsync("delete from task_step");
        await hand.LoseAsync();
        var next = await World.WorkerAsync();
        Assert.Equal((7, false), await BookAsync(books, next, Assert.Single(await next.TakeAsync()), 8, () => throw new InvalidOperationException("done again")));
        Assert.Equal([7], await books.EntriesAsync());
    }

    [Fact]
    public async Task A_task_that_is_cleared_does_it_anew()
    {
        await using var books = await Books.OpenAsync(World, "other");
        var run = await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await BookAsync(books, hand, a, 7);
        await World.Operations.ClearTasksAsync(run, [a.Key], "test", default);
        Assert.Equal((8, false), await BookAsync(books, hand, Assert.Single(await hand.TakeAsync()), 8));
        Assert.Equal([7, 8], await books.EntriesAsync());
    }

    [Theory]
    [InlineData(Here)]
    [InlineData("other")]
    public async Task A_body_that_commits_by_itself_is_told_so(string where)
    {
        await using var books = await Books.OpenAsync(World, where);
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var steps = Steps(hand, a);
        var error = await Assert.ThrowsAsync<FailTaskException>(() => steps.TransactAsync(World.Workers, "book", async (_, transaction) =>
        {
            await transaction.CommitAsync();
            return "1"u8.ToArray();
        }, books.Connection, "d/1/a", false, PayloadShape.Whole, default));
        Assert.Contains("'book' has ended its transaction itself", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await World.Console.StepsAsync(a.Key, 10, default), step => step.Error is null);
    }

    [Fact]
    public async Task A_serialization_failure_is_tried_again_and_a_broken_connection_too()
    {
        await using var books = await Books.OpenAsync(World, "other");
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var tries = 0;
        Assert.Equal((7, false), await BookAsync(books, hand, a, 7, (connection) => ++tries switch
        {
            1 => Run(connection, "do $$ begin raise exception 'no' using errcode = '40001'; end $$"),
            2 => Run(connection, "do $$ begin raise exception 'no' using errcode = '40P01'; end $$"),
            3 => Run(connection, "select pg_terminate_backend(pg_backend_pid())"),
            _ => Task.CompletedTask,
        }));
        Assert.Equal(4, tries);
        Assert.Equal([7], await books.EntriesAsync());
    }

    [Fact]
    public async Task A_constraint_that_is_checked_at_the_end_is_the_authors_error()
    {
        await using var books = await Books.OpenAsync(World, Here);
        await World.ExecuteAsync("create table public.twice(n int unique deferrable initially deferred)");
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var error = await Assert.ThrowsAsync<PostgresException>(() => BookAsync(books, hand, a, 7, (connection) => Run(connection, "insert into twice values (1), (1)")));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, error.SqlState);
        Assert.Empty(await books.EntriesAsync());
        await World.ExecuteAsync("drop table public.twice");
    }

    [Fact]
    public async Task A_role_that_may_not_make_the_table_is_told_how_to()
    {
        await using var books = await Books.OpenAsync(World, "other");
        await books.ExecuteAsync("drop role if exists narrow; create role narrow login password 'narrow'; revoke create on schema public from public; grant insert on entry to narrow");
        var narrow = new NamedConnection("narrow", new NpgsqlConnectionStringBuilder(books.Connection!.Text) { Username = "narrow", Password = "narrow" }.ConnectionString);
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var error = await Assert.ThrowsAsync<FailTaskException>(() => Steps(hand, a).TransactAsync(World.Workers, "book", (_, _) => Task.FromResult("1"u8.ToArray()), narrow, "d/1/a", false, PayloadShape.Whole, default));
        Assert.Contains("may not make the table pipelines_completion", error.Message, StringComparison.Ordinal);
        Assert.Contains("create table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_another_makes_in_the_same_moment_is_the_one()
    {
        await using var books = await Books.OpenAsync(World, "other");
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        await using var other = new NpgsqlConnection(books.Connection!.Text);
        await other.OpenAsync();
        await using var making = await other.BeginTransactionAsync();
        await Run(other, Queries.All["transactions/make_table"]);
        var booking = BookAsync(books, hand, a, 7);
        await Until.HoldsAsync(async () => (await books.BlockedAsync()) > 0, "the other one's end is waited for");
        await making.CommitAsync();
        Assert.Equal((7, false), await booking);
        Assert.Equal([7], await books.EntriesAsync());
    }

    [Theory]
    [InlineData("Host=/nowhere;Database=x", "lost")]
    [InlineData("Server=.;Initial Catalog=x", "not one of PostgreSQL")]
    public async Task A_connection_that_leads_nowhere_is_told(string text, string why)
    {
        await World.RunOfAsync("a");
        var hand = await World.WorkerAsync();
        var a = Assert.Single(await hand.TakeAsync());
        var error = await Assert.ThrowsAnyAsync<Exception>(() => World.Workers.TransactAsync(
            new TransactionCall(hand.Id, a.Key, 1, a.FirstStartedAt, "book", "d/1/a", new NamedConnection("warehouse", text), false), (_, _) => Task.FromResult("1"u8.ToArray()), default));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("'warehouse'", error.Message, StringComparison.Ordinal);
    }

    private AttemptSteps Steps(Hand hand, Assignment a) => new(a, hand.Id, World.Workers, NullLogger.Instance, () => a.StartedAt, TimeProvider.System, Payloads.None);

    private Task<(int, bool)> BookAsync(Books books, Hand hand, Assignment a, int number, Func<Task>? meanwhile = null, bool completes = false) =>
        BookAsync(books, hand, a, number, _ => meanwhile?.Invoke() ?? Task.CompletedTask, completes);

    private async Task<(int, bool)> BookAsync(Books books, Hand hand, Assignment a, int number, Func<DbConnection, Task> meanwhile, bool completes = false)
    {
        var (output, ended) = await Steps(hand, a).TransactAsync(World.Workers, "book", async (connection, _) =>
        {
            await Run(connection, $"insert into entry values ({number})");
            await meanwhile(connection);
            return Encoding.UTF8.GetBytes($"{number}");
        }, books.Connection, "d/1/a", completes, PayloadShape.Whole, default);
        return (int.Parse(Encoding.UTF8.GetString(output), System.Globalization.CultureInfo.InvariantCulture), ended);
    }

    private static async Task Run(DbConnection connection, string sql)
    {
        await using var command = World.Command((NpgsqlConnection)connection, sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What authors write to: a table in the database of Pipelines, by no name or by one, or in another one.</summary>
    private sealed class Books : IAsyncDisposable
    {
        private readonly NpgsqlDataSource _source;

        private Books(string text, string where)
        {
            _source = NpgsqlDataSource.Create(text);
            Connection = where == Here ? null : new NamedConnection(where, text);
        }

        public NamedConnection? Connection { get; }

        public static async Task<Books> OpenAsync(World world, string where)
        {
            var books = new Books(where == "other" ? await TestServer.EmptyAsync() : world.ConnectionString, where);
            await books.ExecuteAsync("drop table if exists public.entry; create table public.entry(number int)");
            return books;
        }

        public async Task ExecuteAsync(string sql)
        {
            await using var command = _source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public async Task<long> BlockedAsync()
        {
            await using var command = _source.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            return (long)(await command.ExecuteScalarAsync())!;
        }

        public async Task<List<int>> EntriesAsync()
        {
            var numbers = new List<int>();
            await using var command = _source.CreateCommand("select number from public.entry order by number");
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                numbers.Add(reader.GetInt32(0));
            return numbers;
        }

        public ValueTask DisposeAsync() => _source.DisposeAsync();
    }
}
