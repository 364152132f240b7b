using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Postgres.Embedded;
using Pipelines.Postgres.Tests.Embedded;

namespace Pipelines.Postgres.Tests;

/// <summary>The one server of this test process, and databases cloned from a migrated template.</summary>
[SupportedOSPlatform("linux")]
internal static class TestServer
{
    private static readonly Lazy<Task<EmbeddedServer>> Started = new(StartAsync);
    private static int _databases;

    /// <summary>A database of its own with the product's schema.</summary>
    public static Task<string> MigratedAsync() => CreateAsync(" template migrated");

    /// <summary>A database of its own with nothing in it.</summary>
    public static Task<string> EmptyAsync() => CreateAsync("");

    private static async Task<string> CreateAsync(string template)
    {
        var server = await Started.Value;
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(server, $"create database {name}{template}");
        return server.ConnectionString(name);
    }

    private static async Task<EmbeddedServer> StartAsync()
    {
        var home = new TemporaryHome();
        var server = await home.StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.StopAsync(EmbeddedStop.Immediate).GetAwaiter().GetResult();
            home.DisposeAsync().AsTask().GetAwaiter().GetResult();
        };
        await ExecuteAsync(server, "create database migrated");
        await using (var db = new Db(server.ConnectionString("migrated")))
            await new Migrator(db).MigrateAsync(CancellationToken.None);
        return server;
    }

    private static async Task ExecuteAsync(EmbeddedServer server, string sql)
    {
        var text = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Pooling = false };
        await using var connection = new NpgsqlConnection(text.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100 // names that this class makes
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
