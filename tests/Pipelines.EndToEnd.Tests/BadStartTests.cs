using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pipelines.EndToEnd.Tests;

public sealed class BadStartTests
{
    private const string Secret = "s3cret-w0rd";

    [Theory]
    [InlineData("up")]
    [InlineData("scheduler")]
    [InlineData("worker")]
    [InlineData("web")]
    [InlineData("runs list")]
    public async Task A_database_that_cannot_be_reached_is_one_line(string command)
    {
        await using var at = new TemporaryHome();
        (await at.RunAsync([.. command.Split(' '), "--database", $"postgres://someone:{Secret}@127.0.0.1:1/none"])).IsRefused("cannot be reached", "--database");
        (await at.RunAsync([.. command.Split(' '), "--database", $"{Secret}, please"])).IsRefused("postgres://user:password@host:5432/name");
    }

    [Fact]
    public async Task A_wrong_password_and_a_database_that_does_not_exist_are_one_line()
    {
        await using var at = await Installation.CreateAsync();
        var wrong = new NpgsqlConnectionStringBuilder(at.Database) { Password = Secret }.ConnectionString;
        foreach (var role in new[] { "worker", "scheduler", "web", "up" })
        {
            (await at.RunAsync(role, "--database", wrong)).IsRefused("password authentication failed", "--database");
            (await at.RunAsync(role, "--database", at.ConnectionString("nowhere"))).IsRefused("\"nowhere\" does not exist", "createdb");
        }

        var password = new NpgsqlConnectionStringBuilder(at.Database).Password!;
        Assert.DoesNotContain(password, (await at.RunAsync("runs", "list", "--database", at.ConnectionString("nowhere"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_home_that_is_a_file_is_one_line()
    {
        await using var at = new TemporaryHome();
        var file = Path.Combine(at.Home, "a-file");
        await File.WriteAllTextAsync(file, "");
        foreach (var home in new[] { file, Path.Combine(file, "below") })
            (await at.StartAt(home, "up", "--port", "0").EndAsync()).IsRefused("cannot be written", "--home");
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_and_leaves_no_server_behind()
    {
        await using var at = new TemporaryHome();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        (await at.RunAsync("up", "--port", $"{port}")).IsRefused($"{port}", "--port");
        Assert.False(File.Exists(UpFile.PathIn(at)));
        Assert.Empty(Directory.EnumerateFiles(at.Home, "postmaster.pid", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("--lease", "2", "--lease must be 3 to 300, not 2")]
    [InlineData("--drain", "3601", "--drain must be 0 to 3600, not 3601")]
    [InlineData("--slots", "many", "'many' is not a whole number")]
    public async Task An_option_out_of_range_is_one_line(string option, string value, string why)
    {
        await using var at = new TemporaryHome();
        (await at.RunAsync("worker", option, value)).IsRefused(why);
    }
}

internal static class Refusal
{
    /// <summary>A bad exit code, and one line on stderr that says what is wrong: no stack, no password.</summary>
    public static void IsRefused(this Ended ended, params string[] parts)
    {
        var line = Assert.Single(ended.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(1, ended.Code);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret-w0rd", ended.Error + ended.Output, StringComparison.Ordinal);
    }
}
