using Npgsql;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Tests;

/// <summary>A throw-away PostgreSQL: the product's own embedded server in a temporary folder, for all tests that share this fixture.</summary>
public sealed class TestServer : IAsyncLifetime
{
    private const string Template = "template_of_tests";

    private readonly string _folder = Directory.CreateTempSubdirectory("pipelines-").FullName;
    private EmbeddedServer _server = null!;
    private readonly Lock _gate = new();
    private Task? _made;
    private int _databases;

    public async Task InitializeAsync()
    {
        // The server's own account must be able to go through it.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        _server = await SharedDownload.StartAsync(
            _folder, () => EmbeddedServer.StartAsync(Path.Combine(_folder, "postgres"), _ => { }, CancellationToken.None));
        // Nobody misses this cluster after a power failure.
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        foreach (var statement in new[] { "alter system set fsync = off", "select pg_reload_conf()" })
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync();
        }
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A new database like the one that <paramref name="make"/> makes, which is asked once: a copy is there in no time.</summary>
    public async Task<string> CopyDatabaseAsync(Func<string, Task> make)
    {
        Task made;
        lock (_gate)
            made = _made ??= MakeAsync(make);
        await made;
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await using var source = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var command = source.CreateCommand($"create database {name} template {Template}");
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public string ConnectionString(string database) => _server.ConnectionString(database);

    /// <summary>A new, empty database; returns how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await _server.EnsureDatabaseAsync(name);
        return ConnectionString(name);
    }

    private async Task MakeAsync(Func<string, Task> make)
    {
        await _server.EnsureDatabaseAsync(Template);
        await make(ConnectionString(Template));
    }
}
