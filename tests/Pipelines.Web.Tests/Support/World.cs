using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Web.Tests;

/// <summary>A migrated database whose state is made by the engine's own SQL functions.</summary>
public sealed class World : IAsyncDisposable
{
    private static readonly JsonSerializerOptions SpecOptions = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter() },
    };

    private readonly NpgsqlDataSource _source;

    private World(Db db, string connectionString)
    {
        Db = db;
        Store = new PostgresConsole(db);
        Operations = new PostgresOperations(db);
        Access = new PostgresAccess(db);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = "pipelines" });
    }

    public Db Db { get; }

    public PostgresConsole Store { get; }

    public PostgresOperations Operations { get; }

    public PostgresAccess Access { get; }

    public Backend Backend => new(Store, Operations, Access, new PostgresSettings(Db), new PostgresCallbacks(Db));

    public static async Task<World> CreateAsync(TestServer server)
    {
        var text = await server.CopyDatabaseAsync(async template =>
        {
            await using var db = new Db(template);
            await new Migrator(db).MigrateAsync(CancellationToken.None);
        });
        return new World(new Db(text), text);
    }

    public static DagSpec Chain(string dagId, params string[] tasks) => new()
    {
        Id = dagId, Type = "Tests.Chain", Cron = "0 2 * * *", TimeZone = "Europe/Kyiv", Description = "A chain.", MaxActiveRuns = 2000,
        Tasks = [.. tasks.Select((task, i) => new TaskSpec { Id = task, Code = $"Chain.{task}", Upstreams = i == 0 ? [] : [new EdgeSpec(tasks[i - 1])] })],
    };

    /// <summary>Loads a version; returns the DAG's number and the version's.</summary>
    public async Task<(int Dag, int Version)> RegisterAsync(DagSpec spec)
    {
        await ExecuteAsync("insert into bundle(hash, folder, assembly, content) values ('b', 'f', 'a.dll', '') on conflict do nothing");
        var json = JsonSerializer.Serialize(spec, SpecOptions);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(json)));
        return await OneAsync(
            "select dag_no, version_id from register_version('here/folder', 'b', $1, $2)", row => (row.GetInt32(0), row.GetInt32(1)),
            hash, new NpgsqlParameter { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb });
    }

    /// <summary>Makes queued runs, one a day from <paramref name="first"/>.</summary>
    public Task<long[]> MakeRunsAsync((int Dag, int Version) dag, DateTimeOffset first, int days, long? backfill = null) => OneAsync(
        """
        select make_runs($1, $2, case when $5::bigint is null then 's' else 'b' end::"char", array_agg(t), array_agg(t - interval '1 day'), array_agg(t), null, $5, 0::smallint, 'scheduler', null)
        from (select $3::timestamptz + make_interval(days => i) t from generate_series(0, $4 - 1) i) x
        """,
        row => row.GetFieldValue<long[]>(0), dag.Dag, dag.Version, first.UtcDateTime, days,
        new NpgsqlParameter { Value = (object?)backfill ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });

    /// <summary>A new account; returns a cookie that is signed in as it.</summary>
    public async Task<string> SignInAsync(string name, char role, string[]? dags = null, string[]? tags = null)
    {
        await Access.SaveAccountAsync(new NewAccount(name, role, dags, tags), "cli:test", CancellationToken.None);
        var who = await Access.ByNameAsync(name, CancellationToken.None);
        var secret = Web.Access.Secret.Make("ps_");
        await Access.SignInAsync(who!.AccountNo, Web.Access.Secret.Hash(secret), TimeSpan.FromHours(1), new SignInFrom(null, null, "link"), CancellationToken.None);
        return secret;
    }

    public Task StartRunsAsync() => ExecuteAsync("select start_runs(100000)");

    public Task<int> WorkerAsync() => OneAsync("select register_worker('etl-01', '{default}', 16, 3600)", row => row.GetInt32(0));

    /// <summary>Reports outcomes and asks for work, as a worker does; returns what it got.</summary>
    public async Task<IReadOnlyList<(InstanceKey Key, short Attempt)>> AdvanceAsync(
        int worker, int want, params (InstanceKey Key, short Attempt, char Outcome, string? Why, string? Detail)[] reports)
    {
        await using var command = _source.CreateCommand(
            "select run_id, task_no, map_index, attempt from advance($1, '{default}', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) where attempt is not null");
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = worker }, new() { Value = reports.Select(r => r.Key.RunId).ToArray() }, new() { Value = reports.Select(r => r.Key.TaskNo).ToArray() },
            new() { Value = reports.Select(r => r.Key.MapIndex).ToArray() }, new() { Value = reports.Select(r => r.Attempt).ToArray() },
            new() { Value = reports.Select(r => r.Outcome.ToString()).ToArray() },
            new() { Value = reports.Select(_ => (string?)"[1, 2, 3]").ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            new() { Value = reports.Select(r => r.Outcome == 'y' ? 3600.0 : 0).ToArray() },
            new() { Value = reports.Select(r => r.Why).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            new() { Value = reports.Select(r => r.Detail).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            new() { Value = want },
        });
        await using var reader = await command.ExecuteReaderAsync();
        var got = new List<(InstanceKey, short)>();
        while (await reader.ReadAsync())
            got.Add((new InstanceKey(reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2)), reader.GetInt16(3)));
        return got;
    }

    public async Task LogAsync(InstanceKey key, short attempt, int firstLine, params (char Level, string Text)[] lines)
    {
        var body = string.Concat(lines.Select((line, i) => $"{1_700_000_000_000_000L + (((long)firstLine + i) * 1000)}\t{line.Level}\t{line.Text}\n"));
        await ExecuteAsync(
            "insert into log_chunk values (clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8, $9)", key.RunId, key.TaskNo, key.MapIndex, attempt, firstLine,
            lines.Length, lines.Count(line => line.Level == 'W'), lines.Count(line => line.Level is 'E' or 'C'), Encoding.UTF8.GetBytes(body));
    }

    public async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync();
        await _source.DisposeAsync();
    }

    public async Task<T> OneAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return read(reader);
    }

    private NpgsqlCommand Command(string sql, object[] parameters)
    {
        var command = _source.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter as NpgsqlParameter ?? new NpgsqlParameter { Value = parameter });
        return command;
    }
}
