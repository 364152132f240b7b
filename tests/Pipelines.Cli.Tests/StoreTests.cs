using Npgsql;
using Pipelines.Postgres;

namespace Pipelines.Cli.Tests;

[CollectionDefinition(nameof(OneServer))]
public sealed class OneServer : ICollectionFixture<TestServer>;

/// <summary>A database with the schema and three DAGs, and the command line pointed at it. What a scheduler would do is called by hand.</summary>
[Collection(nameof(OneServer))]
public abstract class StoreTests(TestServer server) : IAsyncLifetime
{
    private NpgsqlDataSource _source = null!;

    protected TestServer Server { get; } = server;

    protected string Database { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Database = await Server.CreateDatabaseAsync();
        await using (var db = new Db(Database))
            await new Migrator(db).MigrateAsync(CancellationToken.None);
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Database) { SearchPath = "pipelines" });
        await SqlAsync("insert into bundle(hash, folder, assembly, content) values ('b', 'test', 'test.dll', '')");
        foreach (var spec in new[] { Dags.Weather, Dags.Report, Dags.Plain })
            await SqlAsync("select version_id from register_version('test/' || ($1::jsonb ->> 'id'), 'b', md5($1), $1::jsonb)", spec);
    }

    public async Task DisposeAsync() => await _source.DisposeAsync();

    protected Task<Ran> CliAsync(params string[] args) => Ran.CliAsync([.. args, "--database", Database]);

    protected async Task<object?> SqlAsync(string sql, params object[] values)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync();
    }

    /// <summary>What the scheduler does with queued runs.</summary>
    protected Task StartRunsAsync() => SqlAsync("select start_runs(100)");

    protected async Task<long> RunAsync(string dag = "report")
    {
        var ran = await CliAsync("runs", "start", dag, "--output", "json");
        return ran.Json()["run"]!.GetValue<long>();
    }
}

public static class Dags
{
    public const string Weather = """
        {"id":"weather","type":"T","cron":"0 0 * * *","timeZone":"UTC","start":"2012-01-01","end":"2016-01-01","catchup":"None","maxActiveRuns":2,
         "tasks":[{"id":"extract","upstreams":[],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"default"},
                  {"id":"load","inputs":["extract"],"upstreams":[{"task":"extract"}],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"default","pool":"warehouse"}]}
        """;

    public const string Report = """
        {"id":"report","type":"T","timeZone":"UTC","catchup":"Latest","maxActiveRuns":1,
         "arguments":{"type":"object","properties":{"days":{"type":["string","integer"]},"name":{"type":["string","null"]},"kind":{"enum":["Full","Delta"]},"dry":{"type":"boolean"}}},
         "tasks":[{"id":"make","upstreams":[],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"special"},
                  {"id":"send","upstreams":[{"task":"make"}],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"default"}]}
        """;

    public const string Plain = """
        {"id":"plain","type":"T","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,
         "tasks":[{"id":"only","upstreams":[],"mapped":false,"triggerRule":"AllSuccess","priority":0,"queue":"default"}]}
        """;
}
