using System.Net;
using System.Net.Sockets;
using Pipelines.Cli.Remote;

namespace Pipelines.Cli.Tests;

/// <summary>How a server is named, and what is said when it does not serve.</summary>
public sealed class ServerTests(TestServer server) : StoreTests(server)
{
    private const string Hidden = "pl_hunter2hunter2";

    protected override bool OverServer => true;

    [Theory]
    [InlineData("dags list --server nonsense", "'nonsense' is not the address of a server", "https://")]
    [InlineData("dags list --server http://127.0.0.1:1 --token pl_hunter2hunter2", "http://127.0.0.1:1/ does not answer", "--server")]
    [InlineData("dags list --server http://127.0.0.1:1 --database Host=x", "one of --server, --profile and --database")]
    [InlineData("dags list --server http://127.0.0.1:1 --token pl_hunter2hunter2 --token-file x", "--token or --token-file")]
    [InlineData("dags list --server http://127.0.0.1:1 --token-file /nowhere/token", "the token cannot be read", "--token-file")]
    [InlineData("dags list --token pl_hunter2hunter2", "give --server as well")]
    [InlineData("dags list --profile nowhere", "there is no profile 'nowhere'")]
    public async Task A_mistake_is_one_line_with_the_fix_and_never_shows_the_token(string line, params string[] parts)
    {
        var ran = await Ran.CliAsync(line.Split(' '));
        ran.IsRefused(parts);
        Assert.DoesNotContain("hunter2", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi", "something else than this program understands")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", "something else than this program understands")]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nContent-Length: 57\r\n\r\n{\"type\":\"\",\"title\":\"\",\"status\":401,\"detail\":\"\",\"code\":\"\"}", "does not know the token", "pipelines tokens create")]
    public async Task Another_program_at_the_address_is_told(string answer, params string[] parts)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeOnceAsync(listener, answer);
        var ran = await Ran.CliAsync("dags", "list", "--server", $"http://{listener.LocalEndpoint}", "--token", Hidden);
        await serving;
        ran.IsRefused(parts);
        Assert.DoesNotContain(Hidden, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_the_database_says_so() =>
        (await CliAsync("db", "status")).IsRefused("not over a server", "--database");

    [Fact]
    public async Task A_wrong_token_and_none_are_told_apart()
    {
        var address = Where[1];
        (await Ran.CliAsync("dags", "list", "--server", address)).IsRefused("wants a token", "PIPELINES_TOKEN");
        (await Ran.CliAsync("dags", "list", "--server", address, "--token", Hidden)).IsRefused("does not know the token");
    }

    [Fact]
    public async Task A_profile_keeps_a_server_and_its_token_for_its_owner_alone()
    {
        var folder = Directory.CreateTempSubdirectory("pipelines-config-").FullName;
        Environment.SetEnvironmentVariable(Profiles.FolderVariable, folder);
        try
        {
            var set = await Ran.CliAsync(["profile", "set", "here", .. Where]);
            set.IsDone("with its token");
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "profiles.json")));
            (await Ran.CliAsync("dags", "list", "--profile", "here")).IsDone("weather");
            (await Ran.CliAsync("dags", "list", "--profile", "her")).IsRefused("Did you mean 'here'?");
            var listed = await Ran.CliAsync("profile", "list", "-o", "json");
            Assert.True((bool)listed.Json()[0]!["token"]!);
            var secret = (await File.ReadAllTextAsync(Where[3])).Trim();
            Assert.All([set.Out, listed.Out], shown => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
            (await Ran.CliAsync("profile", "remove", "here")).IsDone("forgotten");
            (await Ran.CliAsync("profile", "list")).IsDone("No server is kept");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Profiles.FolderVariable, null);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ServeOnceAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var request = new byte[8192];
        _ = await stream.ReadAsync(request);
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer));
        client.Client.Shutdown(SocketShutdown.Send);
        while (await stream.ReadAsync(request) > 0)
        {
            // Until the other side has read it.
        }
    }
}
