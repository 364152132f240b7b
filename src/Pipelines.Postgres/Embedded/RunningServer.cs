using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Pipelines.Postgres.Embedded;

/// <summary>A server that answered, with our password, for our data directory.</summary>
sealed record RunningServer(string Host, int Port, string Password, string Version)
{
    public const string User = "pipelines";
    public const string PidFileName = "postmaster.pid";

    public string ConnectionString(string database) => Describe(Host, Port, Password, database).ConnectionString;

    // The generated text of a record would show the password.
    public override string ToString() => $"PostgreSQL {Version} at {Host}:{Port}";

    /// <summary>
    /// Looks for a server that runs on this cluster. Busy: one answers, but takes nobody yet (starting, recovering, stopping).
    /// </summary>
    public static async Task<(RunningServer? Found, bool Busy)> FindAsync(ClusterPlace place, CancellationToken ct)
    {
        if (await ReadPidFileAsync(place, ct) is not var (pidFile, host, port))
            return (null, false);
        var password = (await LinesAsync(place.PasswordFile, ct))?[0];
        if (password is null)
        {
            throw new EmbeddedServerException(
                "The password of the embedded PostgreSQL server is missing", place.PasswordFile,
                $"Restore that file, or delete {place.Directory} to begin with an empty database.");
        }

        var description = Describe(host, port, password, "postgres");
        description.Pooling = false;
        description.Timeout = 5;
        description.CommandTimeout = 5;
        try
        {
            await using var connection = new NpgsqlConnection(description.ConnectionString);
            await connection.OpenAsync(ct);
            await using var ask = connection.Statement("embedded/identify");
            await using var answer = await ask.ExecuteReaderAsync(ct);
            await answer.ReadAsync(ct);
            var version = answer.GetString(0).Split(' ')[0];
            return answer.GetString(1).Split('\n').Take(3).SequenceEqual(pidFile.Take(3))
                ? (new RunningServer(host, port, password, version), false)
                : (null, false);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.AdminShutdown)
        {
            return (null, true);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new EmbeddedServerException(
                "The embedded PostgreSQL server runs but does not accept the password on file", place.PasswordFile,
                $"Restore the password file that was made with {place.Data}.", e);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            // Nobody listens: the pid file is stale, or the server is not that far yet. Listening without answering is busy.
            return (null, await IsListeningAsync(place));
        }
    }

    /// <summary>Whether anybody accepts connections where the pid file says; nobody else can on a socket in our directory.</summary>
    public static async Task<bool> IsListeningAsync(ClusterPlace place)
    {
        if (await ReadPidFileAsync(place, CancellationToken.None) is not var (_, host, port))
            return false;
        EndPoint end = Path.IsPathRooted(host)
            ? new UnixDomainSocketEndPoint(SocketFile(host, port))
            : new IPEndPoint(IPAddress.Loopback, port);
        using var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(end);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Of the lines, the fourth is the port, the fifth the directory of the socket, the sixth the address.</summary>
    static async Task<(string[] Lines, string Host, int Port)?> ReadPidFileAsync(ClusterPlace place, CancellationToken ct) =>
        await LinesAsync(Path.Combine(place.Data, PidFileName), ct) is { Length: >= 6 } lines
        && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        // A server that is only just starting has not filled in either.
        && lines.Skip(4).Take(2).FirstOrDefault(l => l.Length > 0) is { } host
            ? (lines, host, port)
            : null;

    public static string SocketFile(string directory, int port) => Path.Combine(directory, $".s.PGSQL.{port}");

    static NpgsqlConnectionStringBuilder Describe(string host, int port, string password, string database) => new()
    {
        Host = host,
        Port = port,
        Username = User,
        Password = password,
        Database = database,
        // A stranger listening in the server's stead must not be able to ask for the password in clear.
        RequireAuth = "ScramSHA256",
        // The way does not leave this machine: spare the negotiations.
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    };

    static async Task<string[]?> LinesAsync(string file, CancellationToken ct)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, ct)).Split('\n', StringSplitOptions.TrimEntries);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
