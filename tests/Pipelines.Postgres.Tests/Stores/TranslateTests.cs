using System.Net.Sockets;
using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres.Tests.Stores;

[SupportedOSPlatform("linux")]
public sealed class TranslateTests(World world) : IClassFixture<World>
{
    [Theory]
    [InlineData("PL001", typeof(LeaseLostException))]
    [InlineData("PL003", typeof(RefusedException))]
    [InlineData("53100", typeof(StoreUnavailableException))]     // disk full
    [InlineData("58030", typeof(StoreUnavailableException))]     // input or output failed
    [InlineData("53300", typeof(StoreUnavailableException))]     // too many connections
    [InlineData("57P01", typeof(StoreUnavailableException))]     // the administrator ended the connection
    [InlineData("57P02", typeof(StoreUnavailableException))]     // a backend crashed
    [InlineData("57P03", typeof(StoreUnavailableException))]     // starting up
    [InlineData("57014", typeof(StoreUnavailableException))]     // statement timeout
    [InlineData("25006", typeof(StoreUnavailableException))]     // a standby
    [InlineData("40P01", typeof(StoreUnavailableException))]     // deadlock
    [InlineData("28P01", typeof(StoreUnavailableException))]     // the password is another one by now
    [InlineData("28000", typeof(StoreUnavailableException))]     // the role may not sign in
    [InlineData("3D000", typeof(StoreUnavailableException))]     // the database is gone, to be restored
    [InlineData("23505", null)]                                   // a fault of ours
    [InlineData("42P01", null)]
    public async Task An_error_of_the_server_gets_its_meaning(string code, Type? expected)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => world.Db.EngineAsync(
            async connection =>
            {
                await using var command = World.Command(connection, $"do $$ begin raise exception 'the server says so' using errcode = '{code}'; end $$");
                return await command.ExecuteNonQueryAsync();
            },
            default));
        Assert.IsType(expected ?? typeof(PostgresException), error);
        if (expected != typeof(LeaseLostException))
            Assert.Contains("the server says so", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_says_what_to_do() => Assert.Contains(
        "Free space", Db.Translate(new PostgresException("could not extend file", "ERROR", "ERROR", "53100"))!.Message, StringComparison.Ordinal);

    [Fact]
    public void Errors_of_the_network_are_the_stores() => Assert.All(
        new Exception[] { new SocketException(111), new IOException("broken pipe"), new TimeoutException(), new NpgsqlException("closed", new IOException("reset")) },
        error => Assert.IsType<StoreUnavailableException>(Db.Translate(error)));

    [Fact]
    public void Faults_of_ours_are_not_hidden() => Assert.All(
        new Exception[] { new InvalidOperationException(), new ArgumentException("x"), new OperationCanceledException() }, error => Assert.Null(Db.Translate(error)));

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        await using var db = new Db("Host=127.0.0.1;Port=1;Database=x;Username=ann;Password=hunter2");
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => new PostgresSchedulerStore(db).SweepAsync(1000, default));
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => db.OpenAsync(default));
    }

    [Fact]
    public async Task A_connection_that_was_ended_is_unavailable_and_the_next_call_works()
    {
        await using var db = new Db(world.ConnectionString);
        var store = new PostgresSchedulerStore(db);
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => db.EngineAsync(
            async connection =>
            {
                await using var command = World.Command(connection, "select pg_terminate_backend(pg_backend_pid())");
                return await command.ExecuteScalarAsync();
            },
            default));
        Assert.Contains("cannot", error.Message, StringComparison.Ordinal);
        Assert.Equal(default, await store.SweepAsync(1000, default));
    }
}
