using System.Diagnostics;
using Npgsql;

namespace Pipelines.Dags.Tests;

/// <summary>A PostgreSQL cluster in a temporary folder, for the tests of one class; it listens on a socket in that folder only.</summary>
public sealed class ThrowAwayPostgres : IAsyncLifetime
{
    // Short: a socket's path has at most 107 characters.
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"pg-{Guid.NewGuid():N}"[..13]);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        await RunAsync("initdb", "-D", _folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync");
        await RunAsync("pg_ctl", "-D", _folder, "-w", "-l", Path.Combine(_folder, "log"),
            "-o", $"-c listen_addresses='' -k {_folder} -c fsync=off -c max_connections=40", "start");
    }

    /// <summary>A new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await using var server = NpgsqlDataSource.Create(ConnectionTo("postgres"));
        await using var create = server.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return ConnectionTo(name);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync("pg_ctl", "-D", _folder, "-w", "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private string ConnectionTo(string database) => $"Host={_folder};Username=postgres;Database={database}";

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find(program), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        if (Environment.IsPrivilegedProcess)
            start.UserName = "postgres"; // the server refuses to run as root
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} has failed: {string.Join('\n', output)}");
    }

    private static string Find(string program)
    {
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => d, StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            : [];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(debian)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"These tests need PostgreSQL's {program}; install the postgresql package.");
    }
}
