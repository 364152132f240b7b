using Pipelines.Postgres.Embedded;

namespace Pipelines.EndToEnd.Tests;

/// <summary>The roles as processes of their own on a PostgreSQL that the test holds, so that each of them can be hurt.</summary>
public sealed class Installation : TemporaryHome
{
    private EmbeddedServer _server = null!;

    public static async Task<Installation> CreateAsync(params IReadOnlyList<string> dags)
    {
        var made = new Installation();
        foreach (var folder in dags)
            made.Drop(folder);
        try
        {
            await made.StartServerAsync();
            await made._server.EnsureDatabaseAsync("pipelines");
            await made._server.EnsureDatabaseAsync("warehouse");
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }

        made.Store = new Store(made.Database);
        made.Environment["PIPELINES_DATABASE"] = made.Database;
        made.Environment["PIPELINES_CONNECTION_WAREHOUSE"] = made.Warehouse;
        made.Environment["PIPELINES_CONFIG"] = Path.Combine(made.Home, "config");
        return made;
    }

    public Store Store { get; private set; } = null!;

    public string Database => _server.ConnectionString("pipelines");

    public string Warehouse => _server.ConnectionString("warehouse");

    public string ConnectionString(string database) => _server.ConnectionString(database);

    /// <summary>One more database, which every process started from here on knows as a connection of that name.</summary>
    public async Task<string> ConnectionAsync(string name)
    {
        await _server.EnsureDatabaseAsync(name);
        Environment[$"PIPELINES_CONNECTION_{name.ToUpperInvariant()}"] = ConnectionString(name);
        return ConnectionString(name);
    }

    public async Task StartServerAsync() =>
        _server = await EmbeddedServer.StartAsync(Path.Combine(Home, "postgres"), _ => { }, CancellationToken.None);

    public Task StopServerAsync(EmbeddedStop how) => _server.StopAsync(how);

    /// <summary>kill -9 of the server's first process; its children end when they notice.</summary>
    public async Task KillServerAsync()
    {
        var pid = File.ReadLines(Path.Combine(_server.DataDirectory, "postmaster.pid")).First();
        using (var postmaster = System.Diagnostics.Process.GetProcessById(int.Parse(pid, System.Globalization.CultureInfo.InvariantCulture)))
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync();
        }

        await _server.StopAsync(EmbeddedStop.Immediate);          // lets go of the folder; there is nothing to stop any more
    }

    /// <summary>A scheduler that watches the drop folder, ready when it knows the DAG.</summary>
    public async Task<Running> SchedulerAsync(string dag)
    {
        var process = Start("scheduler", "--dags", Dags);
        await LoadedAsync(dag);
        return process;
    }

    public Task LoadedAsync(string dag) => UntilAsync($"{dag} is loaded", () => IsLoadedAsync(dag));

    public async Task<bool> IsLoadedAsync(string dag) =>
        await TableIsThereAsync() && await CountAsync("select count(*) from dag where dag_id = $1 and version_id is not null and retired_at is null", dag) == 1;

    /// <summary>A worker, ready when it is registered.</summary>
    public async Task<Running> WorkerAsync(params string[] arguments)
    {
        var process = Start(["worker", .. arguments]);
        await UntilAsync("the worker is registered", async () => (await WorkerIdsOf(process)).Length > 0);
        return process;
    }

    /// <summary>The numbers under which a process has registered, oldest first.</summary>
    public async Task<int[]> WorkerIdsOf(Running process) => await TableIsThereAsync()
        ? (int[])(await ScalarAsync("select coalesce(array_agg(worker_id order by worker_id), '{}') from worker where name like '%:' || $1", $"{process.Id}"))!
        : [];

    /// <summary>Instances that run on a process by the store's word.</summary>
    public Task<long> RunningOnAsync(Running process) => CountAsync(
        "select count(*) from task_instance t join worker w on w.worker_id = t.worker_id where t.state = 'r' and w.name like '%:' || $1", $"{process.Id}");

    public async Task<long> StartRunAsync(string dag) => (long)(await RunAsync("runs", "start", dag, "-o", "json")).Json()["run"]!;

    public Task<long> EndedRunsAsync() => CountAsync("select count(*) from dag_run where state in ('s', 'f', 'c')");

    public async Task<string> RunStateAsync(long run) => (string)(await ScalarAsync("select state::text from dag_run where run_id = $1", run))!;

    public Task RunEndsAsync(long run) => UntilAsync($"run {run} ends", async () => await RunStateAsync(run) is "s" or "f" or "c");

    /// <summary>Retires this project's own DAGs, one of which ticks every second, and waits for the runs they have.</summary>
    /// <returns>The seconds from the first to the last tick: as many runs must there be.</returns>
    public async Task<int> TickNoMoreAsync()
    {
        Remove(Built.DagsName);
        await UntilAsync("no tick comes any more", async () => await CountAsync("select count(*) from dag where dag_id = 'every_second' and retired_at is not null") == 1);
        await UntilAsync("all runs end", async () => await CountAsync("select count(*) from dag_run where state in ('q', 'r')") == 0);
        return (int)await CountAsync(
            "select extract(epoch from max(scheduled_for) - min(scheduled_for)) + 1 from dag_run r join dag d using (dag_no) where dag_id = 'every_second'");
    }

    public Task<long> CountAsync(string sql, params object[] values) => Store.CountAsync(sql, values);

    public Task<object?> ScalarAsync(string sql, params object[] values) => Store.ScalarAsync(sql, values);

    public override async ValueTask DisposeAsync()
    {
        if (Store is not null)
            await Store.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async Task TakeDownServerAsync()
    {
        if (_server is not null)
            await _server.StopAsync(EmbeddedStop.Immediate);
    }

    private async Task<bool> TableIsThereAsync() => await ScalarAsync("select to_regclass('pipelines.timer') is not null") is true;
}
