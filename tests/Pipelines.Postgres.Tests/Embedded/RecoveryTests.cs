using System.Diagnostics;
using System.Runtime.Versioning;
using Pipelines.Postgres.Embedded;

namespace Pipelines.Postgres.Tests.Embedded;

[SupportedOSPlatform("linux")]
public sealed class RecoveryTests
{
    [Fact]
    public async Task After_a_kill_the_next_start_recovers_what_was_committed()
    {
        await using var home = new TemporaryHome();
        await using (var first = await home.StartAsync())
        {
            await TemporaryHome.AskAsync(first, "create table kept as select 42 as answer");
            await home.KillAsync();
        }

        await using var second = await home.StartAsync();

        Assert.True(second.IsOwner);
        Assert.Equal(42, await TemporaryHome.AskAsync(second, "select answer from kept"));
    }

    [Fact]
    public async Task A_stale_pid_file_that_names_an_unrelated_process_of_the_same_account_does_no_harm()
    {
        await using var home = new TemporaryHome();
        await (await home.StartAsync()).DisposeAsync();
        await home.StartWithoutHostAsync();
        var pidFile = Path.Combine(home.Data!, "postmaster.pid");
        await home.KillAsync();
        using var unrelated = Process.Start(home.AsServer("sleep", "600"))!;
        try
        {
            var lines = await File.ReadAllLinesAsync(pidFile);
            await File.WriteAllLinesAsync(pidFile, [$"{unrelated.Id}", .. lines.Skip(1)]);

            await using (var server = await home.StartAsync())
                Assert.Equal(1, await TemporaryHome.AskAsync(server, "select 1"));

            Assert.False(unrelated.HasExited);
        }
        finally
        {
            unrelated.Kill();
        }
    }

    [Fact]
    public async Task A_half_made_cluster_is_thrown_away()
    {
        await using var home = new TemporaryHome();
        Directory.CreateDirectory(Path.Combine(home.Directory, "data.init", "base"));
        await File.WriteAllTextAsync(Path.Combine(home.Directory, "data.init", "PG_VERSION"), "9");

        await using var server = await home.StartAsync();

        Assert.Equal(1, await TemporaryHome.AskAsync(server, "select 1"));
        Assert.False(Directory.Exists(Path.Combine(home.Directory, "data.init")));
    }

    [Fact]
    public async Task A_server_that_a_crashed_host_left_is_taken_over_and_stopped()
    {
        await using var home = new TemporaryHome();
        await (await home.StartAsync()).DisposeAsync();
        await home.StartWithoutHostAsync();
        var left = home.PostmasterId();

        await using (var server = await home.StartAsync())
        {
            Assert.True(server.IsOwner);
            Assert.Equal(left, home.PostmasterId());
            Assert.Contains(home.Progress, line => line.StartsWith("Taking over", StringComparison.Ordinal));
        }

        Assert.False(TemporaryHome.IsAlive(left));
    }

    [Fact]
    public async Task A_second_host_shares_the_server_and_leaves_it_running()
    {
        await using var home = new TemporaryHome();
        await using var first = await home.StartAsync();

        await using (var second = await home.StartAsync())
        {
            Assert.False(second.IsOwner);
            Assert.Equal(first.ConnectionString("postgres"), second.ConnectionString("postgres"));
            await second.StopAsync();
        }

        Assert.Equal(1, await TemporaryHome.AskAsync(first, "select 1"));
    }

    [Fact]
    public async Task Hosts_that_start_at_the_same_moment_agree_on_one_server()
    {
        await using var home = new TemporaryHome();

        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => home.StartAsync())));

        Assert.Single(servers, s => s.IsOwner);
        Assert.Single(servers.Select(s => s.ConnectionString("postgres")).Distinct());
        foreach (var server in servers.OrderBy(s => s.IsOwner))
        {
            Assert.True(home.IsRunning());
            await server.DisposeAsync();
        }

        Assert.False(home.IsRunning());
    }

    [Fact]
    public async Task When_the_owner_has_gone_the_next_host_owns_the_server()
    {
        await using var home = new TemporaryHome();
        await using (await home.StartAsync())
        {
        }

        await using var next = await home.StartAsync();

        Assert.True(next.IsOwner);
    }
}
