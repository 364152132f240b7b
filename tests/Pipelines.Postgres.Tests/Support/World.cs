using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Postgres.Tests;

/// <summary>A database with the product's schema, the stores over it, and short ways to make DAGs and runs.</summary>
[SupportedOSPlatform("linux")]
public sealed class World : IAsyncLifetime
{
    public const string Bundle = "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0";
    private readonly TestServer _server = new();
    private readonly Dictionary<string, DagSpec> _specs = [];
    private readonly Dictionary<long, string> _dagOf = [];

    public string ConnectionString { get; private set; } = "";

    public Db Db { get; private set; } = null!;

    public PostgresCatalogStore Catalog { get; private set; } = null!;

    public PostgresSchedulerStore Scheduler { get; private set; } = null!;

    public PostgresWorkerStore Workers { get; private set; } = null!;

    public PostgresNotificationStore Notifications { get; private set; } = null!;

    public PostgresOperations Operations { get; private set; } = null!;

    public PostgresConsole Console { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _server.InitializeAsync();
        Db = new Db(ConnectionString = await TestServer.MigratedAsync());
        (Catalog, Scheduler, Workers, Notifications, Operations, Console) = (new(Db), new(Db), new(Db), new(Db), new(Db), new(Db));
    }

    public async Task DisposeAsync()
    {
        await Db.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>The database as a process with these keys has it.</summary>
    public Db DbOf(Payloads payloads) => new(ConnectionString) { Payloads = payloads };

    /// <summary>Forgets everything that the last test left.</summary>
    public async Task ResetAsync()
    {
        _specs.Clear();
        _dagOf.Clear();
        await ExecuteAsync(
            """
            do $$ begin
              execute (
                select format('truncate %s restart identity cascade', string_agg(oid::regclass::text, ', '))
                from pg_class where relnamespace = 'pipelines'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'migration');
            end $$
            """);
    }

    public Task<RegisteredDag> DagAsync(string id, string graph, int maxActive = 1000, string? cron = null) =>
        DagAsync(Graph.Parse(id, graph, maxActive, cron));

    public async Task<RegisteredDag> DagAsync(DagSpec spec)
    {
        await Catalog.SaveBundleAsync(new Bundle(Bundle, "test", "Test", []), default);
        _specs[spec.Id] = spec;
        return await Catalog.RegisterAsync("here/test", Bundle, spec, default);
    }

    /// <summary>A run that waits for its start.</summary>
    public async Task<long> QueueRunAsync(string dagId, string? arguments = null)
    {
        var run = (await Operations.StartRunAsync(new NewRun(dagId) { Arguments = arguments }, "test", default)).RunId;
        _dagOf[run] = dagId;
        return run;
    }

    /// <summary>A started run.</summary>
    public async Task<long> RunAsync(string dagId)
    {
        var run = await QueueRunAsync(dagId);
        await Scheduler.StartRunsAsync(1000, default);
        return run;
    }

    /// <summary>The safety net under as many runs as a test makes; returns how many rows it has mended.</summary>
    public async Task<int> SweepAsync() => (await Scheduler.SweepAsync(1000, default)).Repaired;

    /// <summary>What the scheduler does for tasks without a body, until there is nothing more to do.</summary>
    public async Task<int> WaitsAsync()
    {
        var moved = 0;
        for (int n; (n = await BeginWaitsAsync() + await Scheduler.OpenWaitsAsync(1000, all: false, default)) > 0; moved += n)
        {
        }

        return moved;
    }

    public async Task<int> BeginWaitsAsync() =>
        await Scheduler.BeginWaitsAsync([.. (await Scheduler.LoadReadyWaitsAsync(10_000, default)).Select(WaitPlan.Of)], default);

    /// <summary>Lets so much time pass for timers, and does what is due.</summary>
    public async Task<int> PassAsync(TimeSpan time)
    {
        await ExecuteAsync("update timer set due_at = due_at - $1", time);
        await ExecuteAsync("update wait set gives_up_at = gives_up_at - $1", time);
        await ExecuteAsync("update signal_wait set gives_up_at = gives_up_at - $1", time);
        await ExecuteAsync("update approval set expires_at = expires_at - $1", time);
        return await Scheduler.FireTimersAsync(10_000, default);
    }

    /// <summary>A DAG of this graph and a started run of it.</summary>
    public async Task<long> RunOfAsync(string graph, string dagId = "d")
    {
        await DagAsync(dagId, graph);
        return await RunAsync(dagId);
    }

    /// <summary>Starts many runs of a DAG at once.</summary>
    public async Task<long[]> RunsAsync(string dagId, int count)
    {
        var runs = new long[count];
        for (var i = 0; i < count; i++)
            runs[i] = await QueueRunAsync(dagId);
        await Scheduler.StartRunsAsync(count + 1000, default);
        return runs;
    }

    public async Task<Hand> WorkerAsync(params string[] queues)
    {
        queues = queues.Length == 0 ? ["default"] : queues;
        return new Hand(this, await Workers.RegisterAsync("test", queues, 100, TimeSpan.FromHours(1), null, default), queues);
    }

    public InstanceKey Key(long run, string task, int map = -1)
    {
        var tasks = _specs[_dagOf[run]].Tasks;
        var no = Enumerable.Range(0, tasks.Count).Single(i => tasks[i].Id == task);
        return new(run, no, map);
    }

    public void Knows(long run, string dagId) => _dagOf[run] = dagId;

    /// <summary>The run's state and, after a colon, one state a task in their order: "r:sqn".</summary>
    public Task<string> StateAsync(long run) => OneAsync<string>(
        """
        select r.state::text || ':' || coalesce((select string_agg(t.state::text, '' order by t.task_no) from task_instance t where t.run_id = r.run_id and t.map_index = -1), '')
        from dag_run r where r.run_id = $1
        """,
        run);

    /// <summary>The states of a mapped task's instances in the order of the elements.</summary>
    public Task<string> ElementsAsync(long run, string task) => OneAsync<string>(
        "select coalesce(string_agg(state::text, '' order by map_index), '') from task_instance where run_id = $1 and task_no = $2 and map_index >= 0",
        run, Key(run, task).TaskNo);

    /// <summary>Why the instance came to be in its state, by its last event.</summary>
    public Task<string?> WhyAsync(InstanceKey key) => OneAsync<string?>(
        "select why from event where run_id = $1 and task_no = $2 and map_index = $3 order by event_id desc limit 1", key.RunId, key.TaskNo, key.MapIndex);

    public async Task<T> OneAsync<T>(string sql, params object[] values) => (await ListAsync<T>(sql, values)).Single();

    public Task<List<T>> ListAsync<T>(string sql, params object[] values) => Db.ReadAsync(
        async connection =>
        {
            await using var command = Command(connection, sql, values);
            await using var reader = await command.ExecuteReaderAsync();
            var list = new List<T>();
            while (await reader.ReadAsync())
                list.Add(await reader.IsDBNullAsync(0) ? default! : reader.GetFieldValue<T>(0));
            return list;
        },
        default);

    public Task<int> ExecuteAsync(string sql, params object[] values) => Db.ReadAsync(
        async connection =>
        {
            await using var command = Command(connection, sql, values);
            return await command.ExecuteNonQueryAsync();
        },
        default);

    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
#pragma warning disable CA2100 // literals of tests
        var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }
}
