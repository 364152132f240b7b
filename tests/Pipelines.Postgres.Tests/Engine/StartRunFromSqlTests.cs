using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Runs that others make in transactions of their own.</summary>
[SupportedOSPlatform("linux")]
public sealed partial class StartRunFromSqlTests(World world) : EngineTest(world)
{
    private static readonly JsonNode Schema = JsonNode.Parse("""{"type":"object","properties":{"order":{"type":"integer"},"fast":{"type":"boolean"}},"required":["order"]}""")!;

    [Fact]
    public async Task A_run_is_there_when_the_callers_transaction_commits_and_never_was_when_it_rolls_back()
    {
        await ShipAsync();
        await using var connection = await OpenAsync();
        await using (await connection.BeginTransactionAsync())
            await connection.StartRunAsync("ship_order", new { Order = 1 });
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from dag_run"));

        await using var transaction = await connection.BeginTransactionAsync();
        var run = await connection.StartRunAsync("ship_order", new { Order = 2, Fast = true }, "order-2");
        Assert.Equal(0, await World.OneAsync<long>("select count(*) from dag_run"));
        await transaction.CommitAsync();
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("""{"fast": true, "order": 2}""", await World.OneAsync<string>("select arguments::text from dag_run where run_id = $1 and state = 'r'", run));
    }

    [Fact]
    public async Task It_makes_the_row_that_a_start_by_hand_makes()
    {
        await World.DagAsync("d", "a");
        var byHand = await World.QueueRunAsync("d");
        await using var connection = await OpenAsync();
        var bySql = await connection.StartRunAsync("d");
        const string row = """
            select to_jsonb(r) - array['run_id', 'scheduled_for', 'created_by', 'created_at', 'interval_start', 'interval_end'] || jsonb_build_object('events', (select count(*) from event where run_id = r.run_id))
            from dag_run r where run_id = $1
            """;
        Assert.Equal(await World.OneAsync<string>($"select x::text from ({row}) x(x)", byHand), await World.OneAsync<string>($"select x::text from ({row}) x(x)", bySql));
        Assert.StartsWith("sql:", await World.OneAsync<string>("select created_by from dag_run where run_id = $1", bySql), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_key_there_is_one_run_also_beside_starts_by_hand()
    {
        await ShipAsync();
        await using var connection = await OpenAsync();
        var run = await connection.StartRunAsync("ship_order", new { order = 1 }, "k");
        Assert.Equal(run, await connection.StartRunAsync("ship_order", new { order = 1 }, "k"));
        Assert.Equal(new(run, false), await World.Operations.StartRunAsync(new NewRun("ship_order") { Key = "k" }, "test", default));
        Assert.NotEqual(run, await connection.StartRunAsync("ship_order", new { order = 1 }, "another"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_transactions_that_ask_for_one_key_get_one_run(bool commits)
    {
        await ShipAsync();
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var transaction = await one.BeginTransactionAsync();
        var run = await one.StartRunAsync("ship_order", new { order = 1 }, "k");
        var asked = other.StartRunAsync("ship_order", new { order = 1 }, "k");
        await Until.BlockedAsync(World, 1);
        await (commits ? transaction.CommitAsync() : transaction.RollbackAsync());
        Assert.Equal(commits, await asked == run);
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run"));
    }

    [Fact]
    public async Task A_start_by_hand_beside_a_version_that_is_being_loaded_gets_that_version()
    {
        await World.DagAsync("d", "a");
        await using var connection = await OpenAsync();
        await using var loading = await connection.BeginTransactionAsync();
        await using var register = World.Command(
            connection, "set local search_path = pipelines; select register_version(d.source, v.bundle_hash, 'another', v.spec) from dag d join dag_version v using (version_id)");
        await register.ExecuteNonQueryAsync();
        var starting = World.Operations.StartRunAsync(new NewRun("d"), "test", default);
        await Until.BlockedAsync(World, 1);
        await loading.CommitAsync();
        var run = (await starting).RunId;
        Assert.Equal(2, await World.OneAsync<int>("select version_id from dag_run where run_id = $1", run));
    }

    [Fact]
    public async Task A_transaction_that_stays_open_holds_nobody_up()
    {
        await ShipAsync();
        await World.QueueRunAsync("ship_order", """{"order": 1}""");
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.StartRunAsync("ship_order", new { order = 2 }, "k");
        await World.ExecuteAsync("set statement_timeout = '10s'");
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        await World.Operations.PauseAsync("ship_order", "test", default);
        await World.QueueRunAsync("ship_order", """{"order": 3}""");
        await ShipAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_that_starts_a_run_of_its_key_is_left_for_later_and_others_are_not(bool commits)
    {
        await World.DagAsync(Graph.Parse("ship_order", "a") with { Arguments = Schema, RunKey = "order", OnConflict = OnConflict.Join });
        var starts = new WaitSpec { Kind = WaitKind.Run, Dag = "ship_order", Arguments = "order" };
        await World.DagAsync(Graph.Parse("d", "order; w < order; other").Waiting("w", starts).Waiting("other", new WaitSpec { Kind = WaitKind.Delay, Offset = TimeSpan.FromHours(1) }));
        var run = await World.RunAsync("d");
        var hand = await World.WorkerAsync();
        await hand.TakeAsync();
        await hand.EndAsync(run, "order", output: """{"order": 2}""");
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var made = await connection.StartRunAsync("ship_order", new { order = 2 });
        await World.ExecuteAsync("set statement_timeout = '10s'");
        await World.WaitsAsync();
        Assert.Equal("r:sqw", await World.StateAsync(run));
        await (commits ? transaction.CommitAsync() : transaction.RollbackAsync());
        await World.WaitsAsync();
        Assert.Equal("r:sww", await World.StateAsync(run));
        var joined = await World.OneAsync<long>("select child_run from wait where run_id = $1", run);
        Assert.Equal(commits, joined == made);
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run where entity_key = '2'"));
    }

    [Fact]
    public async Task A_transaction_that_cannot_see_the_run_of_its_key_is_to_begin_again()
    {
        await World.DagAsync("plain", "a");
        await using var old = await OpenAsync();
        await using var snapshot = await old.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await World.Command(old, "select count(*) from pipelines.dag_run").ExecuteScalarAsync();
        await World.OneAsync<long>("select start_run('plain', key => 'k')");
        var blind = await Assert.ThrowsAsync<PostgresException>(() => World.Command(old, "select pipelines.start_run('plain', key => 'k')").ExecuteScalarAsync());
        Assert.Equal(PostgresErrorCodes.SerializationFailure, blind.SqlState);
    }

    [Theory]
    [InlineData("nothing", null, null, "There is no DAG 'nothing'.")]
    [InlineData("plain", """{"a": 1}""", null, "The DAG 'plain' takes no arguments; start it without.")]
    [InlineData("ship_order", "[1]", null, "The arguments must be a JSON object")]
    [InlineData("ship_order", """{"order": 1, "colour": 2}""", null, "The DAG 'ship_order' has no argument 'colour'.")]
    [InlineData("ship_order", null, null, "The DAG 'ship_order' needs the argument 'order'.")]
    [InlineData("plain", null, " ", "A key has 1 to 200 characters.")]
    public async Task What_cannot_be_is_refused_in_words(string dag, string? arguments, string? key, string why)
    {
        await ShipAsync();
        await World.DagAsync("plain", "a");
        await using var connection = await OpenAsync();
        await using var command = World.Command(connection, "select pipelines.start_run($1, $2::jsonb, $3)", dag, (object?)arguments ?? DBNull.Value, (object?)key ?? DBNull.Value);
        var error = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync());
        Assert.Equal("PL003", error.SqlState);
        Assert.StartsWith(why, error.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_tasks_have_its_priority()
    {
        await ShipAsync();
        await using var connection = await OpenAsync();
        var run = await connection.StartRunAsync("ship_order", new { order = 1 }, priority: 10);
        await World.Scheduler.StartRunsAsync(10, default);
        Assert.Equal(10, await World.OneAsync<int>("select priority::int from task_instance where run_id = $1", run));
        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.StartRunAsync("ship_order", new { order = 1 }, priority: 101));
        Assert.Equal("A priority is -100 to 100, not 101.", error.MessageText);
    }

    [Fact]
    public async Task A_retired_dag_and_a_half_interval_are_refused()
    {
        await World.DagAsync("plain", "a");
        foreach (var call in new[] { "select start_run('plain', interval_start => now())", "select start_run('plain', interval_start => now(), interval_end => now())" })
            Assert.StartsWith("An interval has", (await Assert.ThrowsAsync<RefusedException>(() => World.OneAsync<long>(call))).Message, StringComparison.Ordinal);
        await World.ExecuteAsync("update dag set retired_at = now()");
        Assert.Contains("is retired", (await Assert.ThrowsAsync<RefusedException>(() => World.OneAsync<long>("select start_run('plain')"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_only_use_the_schema_starts_runs_and_no_table_of_its_own_is_taken_for_ours()
    {
        await ShipAsync();
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, """
            do $$ begin if not exists (select from pg_roles where rolname = 'app') then create role app; end if; end $$;
            grant usage on schema pipelines to app;
            set role app;
            create temporary table dag(dag_no int, version_id int, dag_id text, retired_at timestamptz);
            """);
        var run = await connection.StartRunAsync("ship_order", new { order = 1 });
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run where run_id = $1", run));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, "update pipelines.dag_run set state = 's'"))).SqlState);
        await ExecuteAsync(connection, "drop table dag; reset role; revoke usage on schema pipelines from app");
    }

    [Fact]
    public async Task The_example_of_the_readme_runs()
    {
        await ShipAsync();
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Pipelines.sln")))
            folder = folder.Parent;
        var example = Sql().Matches(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "README.md"))).Select(match => match.Groups[1].Value).Single(sql => sql.Contains("start_run", StringComparison.Ordinal));
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, "create temporary table shop_order(id int, customer text)");
        await ExecuteAsync(connection, example);
        Assert.Equal("""{"order": 815}""", await World.OneAsync<string>("select arguments::text from dag_run where key = 'order-815'"));
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Sql();

    private async Task ShipAsync() => await World.DagAsync(Graph.Parse("ship_order", "a") with { Arguments = Schema.DeepClone() });

    /// <summary>As an application's: without our search path.</summary>
    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(World.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = World.Command(connection, sql);
        await command.ExecuteNonQueryAsync();
    }
}
