using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Postgres.Tests.Embedded;

[SupportedOSPlatform("linux")]
public sealed class EmbeddedServerTests
{
    [Fact]
    public async Task It_starts_from_nothing_and_answers()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();

        await server.EnsureDatabaseAsync("it's \"mine\"");
        await server.EnsureDatabaseAsync("it's \"mine\"");

        Assert.Equal("it's \"mine\"", await TemporaryHome.AskAsync(server, "select current_database()::text", "it's \"mine\""));
        Assert.StartsWith(server.BinariesVersion, (string?)await TemporaryHome.AskAsync(server, "show server_version"));
        Assert.True(server.IsOwner);
        Assert.Equal(home.Directory, server.Directory);
        Assert.Contains(home.Progress, line => line.StartsWith("Creating", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_durable_private_and_set_for_short_transactions()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();

        const string sql = """
            select string_agg(name || '=' || setting, ' ' order by name) from pg_settings
            where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'jit', 'max_connections', 'password_encryption')
            """;
        Assert.Equal(
            "fsync=on full_page_writes=on jit=off listen_addresses= max_connections=200 password_encryption=scram-sha-256 synchronous_commit=on",
            await TemporaryHome.AskAsync(server, sql));

        var withoutPassword = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = "guess", Pooling = false };
        await using var intruder = new NpgsqlConnection(withoutPassword.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => intruder.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task Only_the_servers_account_can_read_the_password()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();

        var password = Path.Combine(home.Directory, "password");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(password));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(home.Directory));
        var secret = await File.ReadAllTextAsync(password);
        Assert.DoesNotContain(home.Progress, line => line.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(secret, await File.ReadAllTextAsync(server.LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_keeps_its_data_over_a_restart()
    {
        await using var home = new TemporaryHome();
        await using (var first = await home.StartAsync())
            await TemporaryHome.AskAsync(first, "create table kept as select 42 as answer");
        Assert.False(home.IsRunning());

        await using var second = await home.StartAsync();

        Assert.Equal(42, await TemporaryHome.AskAsync(second, "select answer from kept"));
    }

    [Theory]
    [InlineData(EmbeddedStop.Fast)]
    [InlineData(EmbeddedStop.Immediate)]
    public async Task Stopping_ends_the_process_even_with_clients_connected(EmbeddedStop how)
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();
        await using var client = new NpgsqlConnection(server.ConnectionString("postgres"));
        await client.OpenAsync();
        var postmaster = home.PostmasterId();

        await server.StopAsync(how);
        await server.StopAsync(how);

        await TemporaryHome.Until(() => !TemporaryHome.IsAlive(postmaster));
    }

    [Fact]
    public async Task A_path_too_long_or_too_odd_for_a_socket_works()
    {
        await using var home = new TemporaryHome($"{new string('x', 120)}/it's, a 'home' ümläut");
        await using var server = await home.StartAsync();

        Assert.Equal(1, await TemporaryHome.AskAsync(server, "select 1"));
        var socketDirectory = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")).Host!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(socketDirectory));

        await server.StopAsync();
        Assert.False(Directory.Exists(socketDirectory));
    }

    [Fact]
    public async Task The_server_has_a_session_of_its_own_so_that_Ctrl_C_does_not_reach_it()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();

        var postmaster = home.PostmasterId();
        // After the name in parentheses: state, parent, process group, session.
        var stat = await File.ReadAllTextAsync($"/proc/{postmaster}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        Assert.Equal($"{postmaster}", fields[2]);
        Assert.Equal($"{postmaster}", fields[3]);
    }

    [Fact]
    public async Task The_server_holds_no_file_of_its_host()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();

        var open = Directory.GetFileSystemEntries($"/proc/{home.PostmasterId()}/fd").Select(f => new FileInfo(f).LinkTarget ?? "").ToList();
        Assert.DoesNotContain(open, target => target.EndsWith("owner.lock", StringComparison.Ordinal) || target.EndsWith(".lock", StringComparison.Ordinal));
    }

    [FactForRoot]
    public async Task As_root_with_a_closed_home_the_cluster_goes_to_a_place_the_server_can_reach()
    {
        await using var home = new TemporaryHome(mode: UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (var server = await home.StartAsync())
        {
            Assert.StartsWith("/var/lib/pipelines/", server.DataDirectory, StringComparison.Ordinal);
            Assert.Equal(home.Directory, server.Directory);
            Assert.Contains(Path.GetDirectoryName(server.DataDirectory)!, await File.ReadAllTextAsync(Path.Combine(home.Directory, "WHERE.txt")), StringComparison.Ordinal);
            await TemporaryHome.AskAsync(server, "create table kept as select 42 as answer");
        }

        await using var again = await home.StartAsync();
        Assert.Equal(42, await TemporaryHome.AskAsync(again, "select answer from kept"));
    }

    [FactOnDebian]
    public async Task Without_binaries_it_downloads_the_distributions_packages_and_runs_them()
    {
        await using var home = new TemporaryHome();
        var nothingInstalled = new EmbeddedOptions { SearchSystem = false };
        await using (var server = await home.StartAsync(nothingInstalled))
        {
            Assert.Equal(1, await TemporaryHome.AskAsync(server, "select 1"));
            var program = new FileInfo($"/proc/{home.PostmasterId()}/exe").LinkTarget!;
            Assert.StartsWith(Path.Combine(home.Home, "postgres-dist"), program, StringComparison.Ordinal);
            Assert.Contains(home.Progress, line => line.StartsWith("Downloading PostgreSQL", StringComparison.Ordinal));
            Assert.False(Directory.Exists(Path.Combine(home.Home, "postgres-dist.part")));
        }

        home.Progress.Clear();
        await using var again = await home.StartAsync(nothingInstalled);
        Assert.DoesNotContain(home.Progress, line => line.StartsWith("Downloading", StringComparison.Ordinal));
    }
}
