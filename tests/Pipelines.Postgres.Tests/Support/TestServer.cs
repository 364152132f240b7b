using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Postgres.Embedded;
using Pipelines.Postgres.Tests.Embedded;

namespace Pipelines.Postgres.Tests;

/// <summary>
/// The one server of this test process, and databases cloned from a migrated template. A class that asks for databases has it as
/// its fixture: it is there while any such class runs, and gone with its folder after the last one.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class TestServer : IAsyncLifetime
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static TemporaryHome? _home;
    private static EmbeddedServer? _server;
    private static int _users;
    private static int _databases;

    public async Task InitializeAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (_users++ == 0)
                await StartAsync();
        }
        finally
        {
            Gate.Release();
        }
    }

    public async Task DisposeAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (--_users > 0)
                return;
            await _server!.StopAsync(EmbeddedStop.Immediate);
            await _home!.DisposeAsync();
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>A database of its own with the product's schema.</summary>
    public static Task<string> MigratedAsync() => CreateAsync(" template migrated");

    /// <summary>A database of its own with nothing in it.</summary>
    public static Task<string> EmptyAsync() => CreateAsync("");

    private static async Task<string> CreateAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(_server!, $"create database {name}{template}");
        return _server!.ConnectionString(name);
    }

    private static async Task StartAsync()
    {
        _home = new TemporaryHome();
        _server = await _home.StartAsync();
        await ExecuteAsync(_server, "create database migrated");
        await using var db = new Db(_server.ConnectionString("migrated"));
        await new Migrator(db).MigrateAsync(CancellationToken.None);
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
