using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Engine;

/// <summary>Runs of one key, of which at most one is open, whoever makes or opens them.</summary>
[SupportedOSPlatform("linux")]
public sealed class EntityTests(World world) : EngineTest(world)
{
    private static readonly JsonNode Schema = JsonNode.Parse("""{"type":"object","properties":{"customer":{"type":"string"},"n":{"type":"integer"}},"required":["customer"]}""")!;

    [Fact]
    public async Task A_second_run_of_a_key_is_refused_until_the_first_has_ended()
    {
        await LoadAsync(OnConflict.Reject);
        var first = await StartAsync("ann");
        Assert.Equal($"Run {first.RunId} is open for the key ann, and there is one at a time. Wait until it has ended, or cancel it: pipelines runs cancel {first.RunId}.", await RefusedAsync(() => StartAsync("ann")));
        Assert.True((await StartAsync("bob")).IsNew);
        await World.Scheduler.StartRunsAsync(10, default);
        Assert.Contains($"Run {first.RunId} is open", await RefusedAsync(() => StartAsync("ann")), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(first.RunId, "test", default);
        Assert.True((await StartAsync("ann")).IsNew);
        Assert.Equal("ann", (await World.Console.RunAsync(first.RunId, default))!.Entity.Key);
    }

    [Fact]
    public async Task Who_joins_gets_the_open_run()
    {
        await LoadAsync(OnConflict.Join);
        var first = await StartAsync("ann");
        Assert.Equal(new StartedRun(first.RunId, false), await StartAsync("ann"));
        Assert.Contains("joined without a signal", await RefusedAsync(() => StartAsync("ann", new NewSignal("moved"))), StringComparison.Ordinal);
        Assert.Equal(1, await World.OneAsync<long>("select count(*) from dag_run"));
    }

    [Fact]
    public async Task Who_joins_under_a_key_of_their_own_gets_that_run_for_ever()
    {
        await LoadAsync(OnConflict.Join);
        var first = await StartAsync("ann");
        var order = new NewRun("d") { Arguments = """{"customer":"ann"}""", Key = "order-17" };
        Assert.Equal(new StartedRun(first.RunId, false), await World.Operations.StartRunAsync(order, "test", default));
        await World.Operations.CancelRunAsync(first.RunId, "test", default);
        Assert.Equal(new StartedRun(first.RunId, false), await World.Operations.StartRunAsync(order, "test", default));
    }

    [Fact]
    public async Task The_open_run_gets_the_signal_of_who_comes_second()
    {
        await LoadAsync(OnConflict.SignalExisting);
        var first = await StartAsync("ann", new NewSignal("moved") { Payload = "1" });
        Assert.Equal(new StartedRun(first.RunId, false), await StartAsync("ann", new NewSignal("moved") { Payload = "2" }));
        Assert.Equal(new StartedRun(first.RunId, false), await StartAsync("ann"));
        Assert.Equal(["1", "2"], (await World.Console.SignalsAsync(first.RunId, 10, default)).Select(signal => signal.Payload).Order());
    }

    [Fact]
    public async Task Those_in_line_start_one_after_the_other_in_their_order()
    {
        await LoadAsync(OnConflict.Queue);
        var runs = new[] { await StartAsync("ann"), await StartAsync("ann"), await StartAsync("ann"), await StartAsync("bob") };
        Assert.All(runs, run => Assert.True(run.IsNew));
        var hand = await World.WorkerAsync();
        Assert.Equal(2, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("rqqr", await StatesAsync());
        Assert.True((await World.Console.RunAsync(runs[1].RunId, default))!.Entity.InLine);
        await hand.TakeAsync();
        await hand.EndAsync(runs[0].RunId, "a");
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("srqr", await StatesAsync());
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(10, default));
        await World.Operations.CancelRunAsync(runs[1].RunId, "test", default);
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("scrr", await StatesAsync());
    }

    [Fact]
    public async Task An_ended_run_is_not_opened_beside_an_open_one_of_its_key()
    {
        await LoadAsync(OnConflict.Queue);
        var hand = await World.WorkerAsync();
        var first = await StartAsync("ann");
        await World.Scheduler.StartRunsAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(first.RunId, "a", 'f');
        var second = await StartAsync("ann");
        var expected = $"Run {first.RunId} cannot be opened again. Run {second.RunId} is open for the key ann";
        Assert.StartsWith(expected, await RefusedAsync(() => ClearAsync(first.RunId)), StringComparison.Ordinal);
        Assert.StartsWith(expected, await RefusedAsync(() => World.ExecuteAsync("select rerun_run($1, null, null, 'test', null)", first.RunId)), StringComparison.Ordinal);
        await World.Operations.CancelRunAsync(second.RunId, "test", default);
        await ClearAsync(first.RunId);
        Assert.Contains($"Run {first.RunId} is open", await World.OneAsync<string>("select entity_refusal(open_entity(dag_no, 'ann'), 'ann') from dag where dag_id = 'd'"), StringComparison.Ordinal);
    }

    /// <summary>A run that is opened again while start_runs lets one go that stood in line: one of the two, and no error.</summary>
    [Fact]
    public async Task One_that_is_opened_again_meanwhile_keeps_the_line_waiting()
    {
        await LoadAsync(OnConflict.Queue);
        var (first, second) = (await StartAsync("ann"), await StartAsync("ann"));
        await World.Operations.CancelRunAsync(first.RunId, "test", default);
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new NpgsqlCommand("select pg_advisory_xact_lock(entity_lock(dag_no, 'ann')) from dag where dag_id = 'd'", connection).ExecuteNonQueryAsync();
        Assert.Equal(0, await World.Scheduler.StartRunsAsync(10, default));
        await transaction.RollbackAsync();
        Assert.Equal(1, await World.Scheduler.StartRunsAsync(10, default));
        Assert.Equal("r", await World.OneAsync<string>("select state::text from dag_run where run_id = $1", second.RunId));
    }

    [Theory]
    [InlineData(OnConflict.Reject, true)]
    [InlineData(OnConflict.Reject, false)]
    [InlineData(OnConflict.Join, true)]
    [InlineData(OnConflict.Join, false)]
    [InlineData(OnConflict.Queue, true)]
    public async Task Of_two_transactions_that_ask_for_one_key_the_second_waits_for_the_first(OnConflict conflict, bool commits)
    {
        await LoadAsync(conflict);
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var transaction = await one.BeginTransactionAsync();
        var run = await one.StartRunAsync("d", new { customer = "ann" });
        var asked = other.StartRunAsync("d", new { customer = "ann" });
        await Until.BlockedAsync(World, 1);
        await (commits ? transaction.CommitAsync() : transaction.RollbackAsync());
        if (commits && conflict == OnConflict.Reject)
            Assert.Contains($"Run {run} is open for the key ann", (await Assert.ThrowsAsync<PostgresException>(() => asked)).MessageText, StringComparison.Ordinal);
        else
            Assert.Equal(commits && conflict == OnConflict.Join, run == await asked);
        Assert.Equal(conflict == OnConflict.Queue ? 2 : 1, await World.OneAsync<long>("select count(*) from dag_run where state = 'q'"));
    }

    [Fact]
    public async Task A_start_by_hand_that_waits_for_such_a_transaction_joins_its_run()
    {
        await LoadAsync(OnConflict.Join);
        await using var one = await OpenAsync();
        var transaction = await one.BeginTransactionAsync();
        var run = await one.StartRunAsync("d", new { customer = "ann" });
        var asked = StartAsync("ann");
        await Until.BlockedAsync(World, 1);
        await transaction.CommitAsync();
        Assert.Equal(new StartedRun(run, false), await asked);
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_makes_the_run()
    {
        await LoadAsync(OnConflict.Join);
        var got = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => StartAsync("ann")));
        Assert.Single(got, run => run.IsNew);
        Assert.Single(got.Select(run => run.RunId).Distinct());
    }

    [Theory]
    [InlineData(OnConflict.Join, "r:sw", "r:sw")]
    [InlineData(OnConflict.Reject, "r:sw", "f:sf")]
    [InlineData(OnConflict.Queue, "r:sw", "r:sw")]
    public async Task Tasks_that_start_runs_join_wait_in_line_or_fail(OnConflict conflict, string one, string other)
    {
        await LoadAsync(conflict);
        await World.DagAsync(Graph.Parse("parent", "a; w < a").Waiting("w", new WaitSpec { Kind = WaitKind.Run, Dag = "d", Arguments = "a" }));
        var hand = await World.WorkerAsync();
        var parents = await World.RunsAsync("parent", 2);
        await hand.TakeAsync();
        foreach (var parent in parents)
            await hand.EndAsync(parent, "a", output: """{"customer":"ann"}""");
        await World.WaitsAsync();
        Assert.Equal((one, other), (await World.StateAsync(parents[0]), await World.StateAsync(parents[1])));
        Assert.Equal(conflict == OnConflict.Queue ? 2 : 1, await World.OneAsync<int>("select count(distinct run_id)::int from dag_run where entity_key = 'ann'"));
        if (conflict == OnConflict.Reject)
            return;
        Assert.Equal(conflict == OnConflict.Queue ? 2 : 1, await World.OneAsync<int>("select count(distinct child_run)::int from wait"));
    }

    [Fact]
    public async Task A_body_that_joins_goes_on_when_the_open_run_has_ended()
    {
        await LoadAsync(OnConflict.Join);
        var run = await World.RunOfAsync("b", "parent");
        var hand = await World.WorkerAsync();
        var b = Assert.Single(await hand.TakeAsync());
        var open = (await StartAsync("ann")).RunId;
        Assert.Equal(open, await World.Workers.StartChildAsync(hand.Id, b.Key, b.Attempt, new NewChild("d", "d", """{"customer":"ann"}""", true, null), default));
        await hand.AdvanceAsync(0, new Report(b.Key, b.Attempt, Report.Parked, DelaySeconds: Report.NoDelay, Why: "waits", Detail: $$"""{"child": {{open}}, "dag": "d"}"""));
        Assert.Equal(0, await World.WaitsAsync());
        await World.Scheduler.StartRunsAsync(10, default);
        await hand.TakeAsync();
        await hand.EndAsync(open, "a");
        Assert.Equal(1, await World.WaitsAsync());
        Assert.Equal("r:q", await World.StateAsync(run));
    }

    [Fact]
    public async Task A_body_that_asks_beside_an_open_transaction_waits_with_no_lock_and_stands_in_line_then()
    {
        await LoadAsync(OnConflict.Queue);
        await World.RunOfAsync("b", "parent");
        var hand = await World.WorkerAsync();
        var b = Assert.Single(await hand.TakeAsync());
        await using var one = await OpenAsync();
        var transaction = await one.BeginTransactionAsync();
        var run = await one.StartRunAsync("d", new { customer = "ann" });
        var child = new NewChild("d", "d", """{"customer":"ann"}""", true, null);
        var asked = await Assert.ThrowsAsync<StoreUnavailableException>(() => World.Workers.StartChildAsync(hand.Id, b.Key, b.Attempt, child, default));
        Assert.Contains("a run of the key ann is just being opened", asked.Message, StringComparison.Ordinal);
        await transaction.CommitAsync();
        Assert.NotEqual(run, await World.Workers.StartChildAsync(hand.Id, b.Key, b.Attempt, child, default));
        Assert.Equal(2, await World.OneAsync<long>("select count(*) from dag_run where entity_key = 'ann'"));
    }

    [Fact]
    public async Task What_the_schedule_makes_has_no_key()
    {
        await LoadAsync(OnConflict.Reject);
        await StartAsync("ann");
        Assert.NotNull(await World.OneAsync<long[]>("select make_runs(dag_no, version_id, 's', array[now()], array[now()], array[now()], '{\"customer\":\"ann\"}', null, 0::smallint, 'test', null) from dag where dag_id = 'd'"));
    }

    private Task<RegisteredDag> LoadAsync(OnConflict conflict) => World.DagAsync(Graph.Parse("d", "a") with { Arguments = Schema, RunKey = "customer", OnConflict = conflict });

    private async Task<StartedRun> StartAsync(string customer, NewSignal? signal = null)
    {
        var run = await World.Operations.StartRunAsync(new NewRun("d") { Arguments = new JsonObject { ["customer"] = customer }.ToJsonString(), Signal = signal }, "test", default);
        World.Knows(run.RunId, "d");
        return run;
    }

    private static async Task<string> RefusedAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Message;

    private Task<int> ClearAsync(long run) => World.OneAsync<int>("select clear_tasks($1, array[0], array[-1], 'test', null)", run);

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(World.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private Task<string> StatesAsync() => World.OneAsync<string>("select string_agg(state::text, '' order by run_id) from dag_run")!;
}
