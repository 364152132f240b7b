using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Stores;

[SupportedOSPlatform("linux")]
public sealed class MigratorTests : IClassFixture<TestServer>
{
    [Fact]
    public async Task A_fresh_database_gets_everything_and_a_second_time_changes_nothing()
    {
        await using var db = new Db(await TestServer.EmptyAsync());
        Assert.All(await new Migrator(db).StatusAsync(default), status => Assert.Null(status.AppliedAt));
        await new Migrator(db).MigrateAsync(default);
        var first = await new Migrator(db).StatusAsync(default);
        Assert.All(first, status => Assert.NotNull(status.AppliedAt));
        var functions = await FunctionsAsync(db);
        await new Migrator(db).MigrateAsync(default);
        Assert.Equal(first, await new Migrator(db).StatusAsync(default));
        Assert.Equal(functions, await FunctionsAsync(db));                  // not even made anew: the same oids
        Assert.Equal(0L, await OneAsync(db, "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"));
    }

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        var text = await TestServer.EmptyAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var db = new Db(text);
            await new Migrator(db).MigrateAsync(default);
        }));
        await using var after = new Db(text);
        Assert.Equal(0L, await OneAsync(after, "select count(*) - (select max(version) + 1 from schema_migration) from schema_migration"));
        Assert.Equal(1L, await OneAsync(after, "select count(*) from pg_proc where proname = 'advance'"));
    }

    [Fact]
    public async Task A_migration_that_was_edited_after_it_ran_is_refused()
    {
        await using var db = new Db(await TestServer.MigratedAsync());
        await OneAsync(db, "update schema_migration set checksum = 'other' where version = 1");
        var refused = await Assert.ThrowsAsync<MigrationException>(() => new Migrator(db).MigrateAsync(default));
        Assert.Contains("001_init", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await OneAsync(db, "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"));
    }

    [Fact]
    public async Task A_database_of_a_newer_program_is_refused_and_keeps_its_functions()
    {
        await using var db = new Db(await TestServer.MigratedAsync());
        await OneAsync(db, "insert into schema_migration values (900, 'later', 'x')");
        await OneAsync(db, "update schema_migration set checksum = 'newer' where version = 0");
        var before = await FunctionsAsync(db);
        var refused = await Assert.ThrowsAsync<MigrationException>(() => new Migrator(db).MigrateAsync(default));
        Assert.Contains("900", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await FunctionsAsync(db));
    }

    [Fact]
    public async Task Functions_whose_text_changed_are_made_again_and_old_signatures_go()
    {
        await using var db = new Db(await TestServer.MigratedAsync());
        await OneAsync(db, "drop function finish_backfills()");
        await OneAsync(db, "create function claim(int) returns int language sql as 'select 1'");
        await OneAsync(db, "update schema_migration set checksum = 'older' where version = 0");
        await new Migrator(db).MigrateAsync(default);
        Assert.Equal(1L, await OneAsync(db, "select count(*) from pg_proc where proname = 'claim'"));
        Assert.Equal(0, await OneAsync(db, "select finish_backfills()"));
    }

    [Fact]
    public async Task A_connection_that_is_cut_meanwhile_is_a_store_that_is_away()
    {
        var text = await TestServer.EmptyAsync();
        await using var other = new Db(text);
        await using var db = new Db(text);
        await other.EngineAsync(
            async connection =>
            {
                await RunAsync(connection, Queries.All["migration/lock"]);                  // another process migrates
                var migrating = new Migrator(db).MigrateAsync(default);
                await Until.HoldsAsync(
                    async () => await RunAsync(connection, "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'") is 1L,
                    "the migrator waits for its lock");
                await Assert.ThrowsAsync<StoreUnavailableException>(() => migrating);
                return await RunAsync(connection, Queries.All["migration/unlock"]);
            },
            default);
        await new Migrator(db).MigrateAsync(default);
    }

    [Fact]
    public async Task What_others_have_in_public_is_left_alone()
    {
        await using var db = new Db(await TestServer.EmptyAsync());
        await OneAsync(db, "create function public.claim(int) returns int language sql as 'select 1'");
        await OneAsync(db, "create table public.event(theirs int)");
        await OneAsync(db, "create table public.dag as select 42 theirs");
        await new Migrator(db).MigrateAsync(default);
        await OneAsync(db, "update pipelines.schema_migration set checksum = 'older' where version = 0");
        await new Migrator(db).MigrateAsync(default);
        Assert.Equal(1, await OneAsync(db, "select public.claim(1)"));
        Assert.Equal(42, await OneAsync(db, "select theirs from public.dag"));
        Assert.Equal(0L, await OneAsync(db, "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relname in ('task_instance', 'ready_queue')"));
    }

    [Fact]
    public async Task The_schema_is_the_search_paths_whatever_its_name()
    {
        var text = $"{await TestServer.EmptyAsync()};Search Path='\"Odd-Name\"'";
        await using var db = new Db(text);
        await new Migrator(db).MigrateAsync(default);
        await new Migrator(db).MigrateAsync(default);
        Assert.Equal(1L, await OneAsync(db, "select count(*) from pg_class where relname = 'task_instance' and relnamespace = '\"Odd-Name\"'::regnamespace"));
        Assert.Equal(default, await new PostgresSchedulerStore(db).SweepAsync(1000, default));
    }

    private static Task<object?> OneAsync(Db db, string sql) => db.EngineAsync(connection => RunAsync(connection, sql), default);

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = World.Command(connection, sql);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<string> FunctionsAsync(Db db) =>
        (string)(await OneAsync(db, "select string_agg(format('%s %s', oid, proname), ',' order by oid) from pg_proc where pronamespace = 'pipelines'::regnamespace"))!;
}
