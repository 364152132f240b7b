using System.Diagnostics;
using Npgsql;

namespace Pipelines.Postgres.Embedded;

/// <summary>
/// A private PostgreSQL server that starts and stops with the program. It is found or brought in, keeps its data in one
/// directory, and listens on a unix socket only (loopback TCP on Windows), for one user with a generated password.
/// </summary>
/// <remarks>
/// A server that outlived a crashed host is taken over. Hosts that share a directory share the server: the first one owns it,
/// the others leave it alone when they go, and the owner takes it down.
/// </remarks>
/// <example>
/// <code>
/// await using var server = await EmbeddedServer.StartAsync(".pipelines/postgres", Console.WriteLine, ct);
/// await server.EnsureDatabaseAsync("pipelines");
/// await using var source = NpgsqlDataSource.Create(server.ConnectionString("pipelines"));
/// </code>
/// </example>
public sealed class EmbeddedServer : IAsyncDisposable
{
    readonly RunningServer running;
    readonly Cluster? cluster;
    readonly OwnerLock? ownership;
    bool stopped;

    EmbeddedServer(ClusterPlace place, RunningServer running, Cluster? cluster, OwnerLock? ownership)
    {
        this.running = running;
        this.cluster = cluster;
        this.ownership = ownership;
        Directory = place.Asked;
        DataDirectory = place.Data;
        LogFile = place.Log;
    }

    /// <summary>The directory that was asked for, as a full path.</summary>
    public string Directory { get; }

    /// <summary>Where the data really lies: below <see cref="Directory"/>, unless the server's account cannot reach that.</summary>
    public string DataDirectory { get; }

    /// <summary>The server's own log.</summary>
    public string LogFile { get; }

    /// <summary>The version that answers, such as <c>15.18</c>.</summary>
    public string BinariesVersion => running.Version;

    /// <summary>Whether this instance started the server, or took over one that a crashed host left; it then stops it, too.</summary>
    public bool IsOwner => ownership is not null;

    /// <summary>How to reach a database of this server with Npgsql. Contains the password: not for logs.</summary>
    /// <param name="database">A database that exists, see <see cref="EnsureDatabaseAsync"/>; <c>postgres</c> always does.</param>
    public string ConnectionString(string database) => running.ConnectionString(database);

    /// <summary>Starts the server of a directory, making what is missing, or joins the one that runs there already.</summary>
    /// <param name="directory">The server's own directory, such as <c>.pipelines/postgres</c>; empty or from an earlier start.</param>
    /// <param name="progress">Gets a line for each step that takes noticeable time.</param>
    /// <param name="ct">Gives up; a server that this call started is stopped again.</param>
    /// <param name="options">Where to look for binaries and how long to wait.</param>
    /// <exception cref="EmbeddedServerException">It cannot run; the message says why and what to do.</exception>
    public static async Task<EmbeddedServer> StartAsync(
        string directory, Action<string> progress, CancellationToken ct, EmbeddedOptions? options = null)
    {
        options ??= new EmbeddedOptions();
        var place = await ClusterPlace.PrepareAsync(directory, progress, ct);
        var waited = Stopwatch.StartNew();
        var told = false;
        while (true)
        {
            if (OwnerLock.TryTake(place) is { } ownership)
            {
                try
                {
                    return await StartOwnedAsync(place, ownership, options, progress, ct);
                }
                catch (Exception e)
                {
                    ownership.Dispose();
                    if (e is IOException or UnauthorizedAccessException)
                        throw new EmbeddedServerException(
                            $"Cannot use the directory of the embedded PostgreSQL server: {e.Message}", place.Directory,
                            FailureLine.Fix(e.Message, "Give this account access to it, or choose another directory."), e);
                    throw;
                }
            }

            if (await RunningServer.FindAsync(place, ct) is { Found: { } running })
                return new EmbeddedServer(place, running, null, null);
            if (waited.Elapsed > options.StartTimeout)
                throw new EmbeddedServerException(
                    $"{OwnerLock.OwnerOf(place)} owns the embedded PostgreSQL server but it does not answer", place.Directory,
                    $"End that process, or see {place.Log}.");
            if (!told && waited.Elapsed > TimeSpan.FromSeconds(1))
            {
                told = true;
                progress($"Waiting for {OwnerLock.OwnerOf(place)} to start the database");
            }

            await Task.Delay(25, ct);
        }
    }

    static async Task<EmbeddedServer> StartOwnedAsync(
        ClusterPlace place, OwnerLock ownership, EmbeddedOptions options, Action<string> progress, CancellationToken ct)
    {
        var binaries = await FindBinaries.FindAsync(place, options, progress, ct);
        var cluster = new Cluster(place, binaries, progress);
        var running = await SettledAsync(place, options.StartTimeout, ct);
        if (running is not null)
        {
            progress("Taking over the database server that an earlier process left running");
            return new EmbeddedServer(place, running, cluster, ownership);
        }

        await cluster.MakeAsync(ct);
        await cluster.StartAsync(options.StartTimeout, ct);
        try
        {
            running = await SettledAsync(place, options.StartTimeout, ct)
                ?? throw new EmbeddedServerException(
                    "The embedded PostgreSQL server started but does not answer", place.Data, $"See {place.Log}.");
            return new EmbeddedServer(place, running, cluster, ownership);
        }
        catch
        {
            await cluster.StopAsync(EmbeddedStop.Immediate);
            throw;
        }
    }

    /// <summary>A server that is recovering or stopping is waited for: it will answer, or be gone.</summary>
    static async Task<RunningServer?> SettledAsync(ClusterPlace place, TimeSpan timeout, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(25, ct))
        {
            var (found, busy) = await RunningServer.FindAsync(place, ct);
            if (!busy)
                return found;
            if (waited.Elapsed > timeout)
                throw new EmbeddedServerException(
                    "A PostgreSQL server runs on this cluster but takes no connections", place.Data, $"See {place.Log}.");
        }
    }

    /// <summary>Creates a database unless it exists.</summary>
    public async Task EnsureDatabaseAsync(string name)
    {
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false };
        await using var connection = new NpgsqlConnection(direct.ConnectionString);
        await connection.OpenAsync();
        if (await connection.Statement("embedded/create_database", name).ScalarAsync<string>(CancellationToken.None) is not { } statement)
            return;
        try
        {
#pragma warning disable CA2100
            await using var create = new NpgsqlCommand(statement, connection);
#pragma warning restore CA2100
            await create.ExecuteNonQueryAsync();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another host was quicker, which is as good.
        }
    }

    /// <summary>Stops the server, if this instance owns it, and lets it go. Stopping twice does nothing.</summary>
    public async Task StopAsync(EmbeddedStop how = EmbeddedStop.Fast)
    {
        if (stopped || cluster is null)
            return;
        await cluster.StopAsync(how);
        stopped = true;
        ownership?.Dispose();
    }

    /// <summary>Stops the server fast, and immediately if that takes too long. Only the owner does; others just leave.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (EmbeddedServerException)
        {
            await StopAsync(EmbeddedStop.Immediate);
        }
        finally
        {
            ownership?.Dispose();
        }
    }
}
