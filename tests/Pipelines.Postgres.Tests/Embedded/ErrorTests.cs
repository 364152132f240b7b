using System.Runtime.Versioning;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Postgres.Tests.Embedded;

[SupportedOSPlatform("linux")]
public sealed class ErrorTests
{
    [Fact]
    public async Task A_directory_that_cannot_be_made_is_named()
    {
        await using var home = new TemporaryHome();
        await File.WriteAllTextAsync(home.Directory, "a file, not a directory");

        var message = await FailureAsync(home);

        Assert.StartsWith("Cannot write the directory of the embedded PostgreSQL server", message, StringComparison.Ordinal);
        Assert.Contains(home.Directory, message, StringComparison.Ordinal);
        Assert.Contains("Choose a home directory", message, StringComparison.Ordinal);
    }

    [FactForOrdinaryAccount]
    public async Task A_directory_that_may_not_be_written_is_named()
    {
        await using var home = new TemporaryHome(mode: UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Contains("Choose a home directory that this account may write", await FailureAsync(home), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_with_other_things_in_it_is_left_alone()
    {
        await using var home = new TemporaryHome();
        Directory.CreateDirectory(home.Directory);
        await File.WriteAllTextAsync(Path.Combine(home.Directory, "thesis.odt"), "");
        var mode = File.GetUnixFileMode(home.Directory);

        Assert.Contains("'thesis.odt'", await FailureAsync(home), StringComparison.Ordinal);
        Assert.Equal(mode, File.GetUnixFileMode(home.Directory));
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_explained_with_the_last_words_of_its_log()
    {
        await using var home = new TemporaryHome();
        await using (var server = await home.StartAsync())
            await File.AppendAllTextAsync(Path.Combine(server.DataDirectory, "postgresql.conf"), "no_such_setting = 1\n");

        var message = await FailureAsync(home);

        Assert.Contains("FATAL: ", message, StringComparison.Ordinal);
        Assert.Contains("postgresql.conf", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_that_others_may_read_says_how_to_close_it()
    {
        await using var home = new TemporaryHome();
        await (await home.StartAsync()).DisposeAsync();
        File.SetUnixFileMode(home.Data!, File.GetUnixFileMode(home.Data!) | UnixFileMode.OtherRead);

        Assert.Contains("chmod 700", await FailureAsync(home), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_server_whose_password_is_lost_is_not_replaced()
    {
        await using var home = new TemporaryHome();
        await using var server = await home.StartAsync();
        var password = Path.Combine(home.Directory, "password");
        var right = await File.ReadAllTextAsync(password);

        File.Delete(password);
        Assert.Contains("password of the embedded PostgreSQL server is missing", await FailureAsync(home), StringComparison.Ordinal);
        await File.WriteAllTextAsync(password, "another");
        var message = await FailureAsync(home);

        Assert.Contains("does not accept the password on file", message, StringComparison.Ordinal);
        Assert.DoesNotContain(right, message, StringComparison.Ordinal);
        Assert.DoesNotContain("another", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_of_another_major_version_says_which_it_needs()
    {
        await using var home = new TemporaryHome();
        await (await home.StartAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(home.Data!, "PG_VERSION"), "99\n");

        var message = await FailureAsync(home, new EmbeddedOptions { Download = false });

        Assert.StartsWith("PostgreSQL 99, which made the cluster, was not found", message, StringComparison.Ordinal);
        Assert.Contains("cannot open a cluster of PostgreSQL 99", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_binaries_and_without_a_download_the_install_command_is_given()
    {
        await using var home = new TemporaryHome();

        var message = await FailureAsync(home, new EmbeddedOptions { SearchSystem = false, Download = false });

        Assert.Contains("Install it: ", message, StringComparison.Ordinal);
        Assert.Contains("--database", message, StringComparison.Ordinal);
    }

    static async Task<string> FailureAsync(TemporaryHome home, EmbeddedOptions? options = null)
    {
        var failure = await Assert.ThrowsAsync<EmbeddedServerException>(() => home.StartAsync(options));
        Assert.DoesNotContain('\n', failure.Message);
        return failure.Message;
    }
}
