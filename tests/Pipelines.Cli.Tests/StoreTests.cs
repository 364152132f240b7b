using Microsoft.AspNetCore.Builder;
using Npgsql;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Tests;

[CollectionDefinition(nameof(OneServer))]
public sealed class OneServer : ICollectionFixture<TestServer>;

/// <summary>A database with the schema and three DAGs, and the command line pointed at it. What a scheduler would do is called by hand.</summary>
[Collection(nameof(OneServer))]
public abstract class StoreTests(TestServer server) : IAsyncLifetime
{
    private NpgsqlDataSource _source = null!;
    private (WebApplication App, Db Db, string TokenFile)? _console;

    protected TestServer Server { get; } = server;

    protected string Database { get; private set; } = "";

    /// <summary>Whether the command line is pointed at a console over the database, and not at the database.</summary>
    protected virtual bool OverServer => false;

    /// <summary>The options that name it.</summary>
    protected string[] Where { get; private set; } = [];

    /// <summary>How the history names who types here.</summary>
    protected string Me => OverServer ? "api:tester" : $"cli:{Environment.UserName}";

    public async Task InitializeAsync()
    {
        Database = await Server.CopyDatabaseAsync(async template =>
        {
            await using var db = new Db(template);
            await new Migrator(db).MigrateAsync(CancellationToken.None);
        });
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Database) { SearchPath = "pipelines" });
        await SqlAsync("insert into bundle(hash, folder, assembly, content) values ('b', 'test', 'test.dll', '')");
        foreach (var spec in new[] { Dags.Weather, Dags.Report, Dags.Plain })
            await SqlAsync("select version_id from register_version('test/' || ($1::jsonb ->> 'id'), 'b', md5($1), $1::jsonb)", spec);
        Where = OverServer ? await ServeAsync() : ["--database", Database];
    }

    public async Task DisposeAsync()
    {
        if (_console is var (app, db, file))
        {
            await app.DisposeAsync();
            await db.DisposeAsync();
            File.Delete(file);
        }

        await _source.DisposeAsync();
    }

    protected Task<Ran> CliAsync(params string[] args) => Ran.CliAsync([.. args, .. Where]);

    /// <summary>Starts a console over the database; returns how it is named.</summary>
    private async Task<string[]> ServeAsync()
    {
        var db = new Db(Database);
        var access = new PostgresAccess(db);
        await access.SaveAccountAsync(new NewAccount("tester", 'a', null, null), "cli:test", default);
        var secret = Secret.Make("pl_");
        await access.MakeTokenAsync(new NewToken(Secret.Hash(secret), Secret.Start(secret), "test", "tester", 'a', TimeSpan.FromHours(1)), "cli:test", default);
        var app = WebRole.Build(new WebOptions(0, null), new Backend(new PostgresConsole(db), new PostgresOperations(db), access, new PostgresSettings(db), new PostgresCallbacks(db)));
        await app.StartAsync();
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, secret + "\n");
        _console = (app, db, file);
        return ["--server", WebRole.Address(app).ToString(), "--token-file", file];
    }

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
