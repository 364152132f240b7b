using System.Runtime.Versioning;
using System.Text;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Stores;

/// <summary>A database of an earlier program becomes what a fresh one is, and what ran in it runs to its end.</summary>
[SupportedOSPlatform("linux")]
public sealed class UpgradeTests : IClassFixture<TestServer>
{
    /// <summary>As the program of migration 1 wrote it.</summary>
    private const string Spec =
        """
        {"id":"d","type":"Test.Dag","timeZone":"UTC","catchup":"Latest","maxActiveRuns":16,"tasks":[
          {"id":"a","inputs":[],"upstreams":[],"mapped":false,"triggerRule":"AllSuccess","retry":{"retries":3,"delay":"00:01:00"},"pool":"p","priority":0,"queue":"default"},
          {"id":"m","inputs":["a"],"upstreams":[{"task":"a"}],"mapped":true,"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"},
          {"id":"b","inputs":[],"upstreams":[{"task":"m"}],"mapped":false,"triggerRule":"AllSuccess","retry":{"retries":0,"delay":"00:01:00"},"priority":0,"queue":"default"}]}
        """;

    /// <summary>As the program of each migration wrote it: since the second a mapped task names its list.</summary>
    private static string SpecOf(int version) => version == 1 ? Spec : Spec.Replace("\"mapped\":true", "\"over\":\"a\"", StringComparison.Ordinal);

    public static TheoryData<int> Versions => [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_earlier_database_becomes_what_a_fresh_one_is(int version)
    {
        await using var fresh = new Db(await TestServer.MigratedAsync());
        await using var db = await EarlierAsync(version);
        await new Migrator(db).MigrateAsync(default);
        var (expected, upgraded) = (await SchemaText.OfAsync(fresh), await SchemaText.OfAsync(db));
        Assert.Empty(expected.Except(upgraded));
        Assert.Empty(upgraded.Except(expected));
        Assert.True(expected.Count > 300, $"{expected.Count} lines");
    }

    [Fact]
    public async Task Every_earlier_version_is_tried()
    {
        await using var db = new Db(await TestServer.MigratedAsync());
        Assert.Equal((await new Migrator(db).StatusAsync(default)).Select(migration => migration.Version).SkipLast(1), Versions.Cast<object[]>().Select(row => (int)row[0]));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Runs_of_an_earlier_program_go_on_under_this_one(int version)
    {
        await using var db = await EarlierAsync(version);
        var worker = await OneAsync<int>(db, "select register_worker('old', '{default}', 10, 3600)");
        await OneAsync<object>(db, "insert into bundle(hash, folder, assembly, content) values ('b', 'f', 'a', '')");
        var versionId = await OneAsync<int>(db, $"select version_id from register_version('here', 'b', 'h', '{SpecOf(version)}')");
        // a waits for a retry in run 1, runs in 3, is queued in 4; in run 2 two elements of m run; run 5 waits for its start.
        await OneAsync<object>(db, $"select make_runs(1, {versionId}, 'm', array_fill(now(), array[4]), array_fill(null::timestamptz, array[4]), array_fill(null::timestamptz, array[4]), null, null, 0::smallint, 't', null)");
        await OneAsync<int>(db, "select start_runs(10)");
        await OneAsync<long>(db, "select count(*) from advance($1, '{default}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', 3)", worker);
        await OneAsync<long>(db, "select count(*) from advance($1, '{default}', '{1,2}', '{0,0}', '{-1,-1}', '{1,1}', '{y,s}', '{null,\"[7,8]\"}', '{0,0}', '{null,null}', '{null,null}', 2)", worker);
        await OneAsync<object>(db, $"select make_runs(1, {versionId}, 'm', array[now()], array[null::timestamptz], array[null::timestamptz], null, null, 0::smallint, 't', null)");
        Assert.Equal("1:0:y 2:0:s 2:1:r 2:1:r 2:1:w 2:2:n 3:0:r 4:0:q", await StatesAsync(db));

        await new Migrator(db).MigrateAsync(default);
        var scheduler = new PostgresSchedulerStore(db);
        var store = new PostgresWorkerStore(db);
        Assert.Equal("2:1:0 2:1:1 3:0:-1", Keys(await store.LoadMineAsync(worker, default)));
        var reports = (await store.LoadMineAsync(worker, default)).Assignments;
        Assert.Equal(1, await scheduler.StartRunsAsync(10, default));
        Assert.Equal(1, await scheduler.FireTimersAsync(10, default));
        while (reports.Count > 0)
        {
            Assert.All(reports, a => Assert.Equal(versionId, a.VersionId));
            var reply = await store.AdvanceAsync(
                worker, ["default"], [.. reports.Select(a => new Report(a.Key, a.Attempt, TaskState.Succeeded, a.Key.TaskNo == 0 ? "[7,8]"u8.ToArray() : null))], 10, default);
            Assert.Empty(reply.Fenced);
            reports = reply.Assignments;
        }

        Assert.Equal("sssss", await OneAsync<string>(db, "select string_agg(state::text, '' order by run_id) from dag_run"));
        Assert.Equal(25L, await OneAsync<long>(db, "select count(*) from task_instance where state = 's'"));
        Assert.Equal(default, await scheduler.SweepAsync(1000, default));
        Assert.Equal("d", (await new PostgresCatalogStore(db).LoadVersionAsync(versionId, default))!.DagId);
    }

    /// <summary>A database as the program of a migration left it.</summary>
    internal static async Task<Db> EarlierAsync(int version)
    {
        var db = new Db(await TestServer.EmptyAsync());
        await OneAsync<object>(db, Queries.All["migration/make_schema"]);
        await OneAsync<object>(db, Queries.All["migration/make_table"]);
        foreach (var file in Queries.Files("Migrations").Take(version))
        {
            await OneAsync<object>(db, Queries.File(file));
            var name = Path.GetFileNameWithoutExtension(file);
            var checksum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Queries.File(file).ReplaceLineEndings("\n"))));
            await OneAsync<object>(db, $"insert into schema_migration values ({int.Parse(name[..3], System.Globalization.CultureInfo.InvariantCulture)}, '{name}', '{checksum}')");
        }

        var functions = typeof(UpgradeTests).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(FormattableString.Invariant($"Earlier/{version:000}/"), StringComparison.Ordinal) && !name.EndsWith("/runs.sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        foreach (var function in functions)
            await OneAsync<object>(db, Text(function));

        await OneAsync<object>(db, "insert into schema_migration values (0, 'engine functions', 'of then')");
        await OneAsync<object>(db, "select make_partitions()");
        return db;
    }

    private static Task<string> StatesAsync(Db db) => OneAsync<string>(
        db, "select string_agg(format('%s:%s:%s', run_id, task_no, state), ' ' order by run_id, task_no, map_index desc) from task_instance where task_no = 0 or run_id = 2");

    private static string Keys(AdvanceReply reply) =>
        string.Join(' ', reply.Assignments.OrderBy(a => (a.Key.RunId, a.Key.TaskNo, a.Key.MapIndex)).Select(a => $"{a.Key.RunId}:{a.Key.TaskNo}:{a.Key.MapIndex}"));

    internal static string Text(string resource)
    {
        using var reader = new StreamReader(typeof(UpgradeTests).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    internal static Task<T> OneAsync<T>(Db db, string sql, params object[] values) => db.EngineAsync(
        async connection =>
        {
            await using var command = World.Command(connection, sql, values);
            return (T)(await command.ExecuteScalarAsync())!;
        },
        default);
}
