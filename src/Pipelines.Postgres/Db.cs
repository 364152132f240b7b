using System.Net.Sockets;
using Npgsql;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>The connections to one database, and the one place where its errors get their meaning.</summary>
public sealed class Db : IAsyncDisposable
{
    /// <summary>The engine's plans must not depend on what the tables happened to hold when a connection was new.</summary>
    private const string EngineOptions =
        "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";

    private const string DefaultSchema = "pipelines";

    private readonly NpgsqlDataSource _engine;
    private readonly NpgsqlDataSource _reads;
    private readonly NpgsqlDataSource _author;

    public Db(string connectionString)
    {
        ConnectionString = ConnectionText.Normalize(connectionString);
        _engine = Source("pipelines engine", EngineOptions, 30);
        _reads = Source("pipelines console", "-c statement_timeout=15s -c jit=off", 30);
        var text = new NpgsqlConnectionStringBuilder(ConnectionString) { ApplicationName = "pipelines task", Timeout = 10, KeepAlive = 10 };
        SearchPath = string.IsNullOrEmpty(text.SearchPath) ? DefaultSchema : text.SearchPath;
        text.SearchPath = null;
        _author = NpgsqlDataSource.Create(text);
    }

    /// <summary>Encodes what comes in here, and decodes what is asked for; as a rule a process of the server has no keys.</summary>
    public Payloads Payloads { get; init; } = Payloads.None;

    /// <summary>Where our tables and functions are.</summary>
    public string SearchPath { get; }

    public string ConnectionString { get; }

    /// <summary>Runs a statement of the engine.</summary>
    public Task<T> EngineAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => RunAsync(_engine, work, cancellation);

    /// <summary>Runs what somebody does: text that they send and that PostgreSQL cannot hold is refused. Workers have an answer of their own to that.</summary>
    internal Task<T> ActAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => RunAsync(_engine, work, cancellation, sentTo: "stored");

    /// <summary>Runs a read for a page or the CLI.</summary>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) => RunAsync(_reads, work, cancellation, sentTo: "looked for");

    /// <summary>Runs a read for a body that waits for it on its own thread.</summary>
    public T Read<T>(Func<NpgsqlConnection, T> work)
    {
        try
        {
            using var connection = _reads.OpenConnection();
            return work(connection);
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    /// <summary>A connection of its own, for a committer or a listener; the caller disposes it.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => OpenAsync(_engine, cancellation);

    /// <summary>A connection for SQL of an author's, with the server's own settings and the role's own search path; the caller disposes it.</summary>
    public Task<NpgsqlConnection> OpenForAuthorAsync(CancellationToken cancellation) => OpenAsync(_author, cancellation);

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync().ConfigureAwait(false);
        await _reads.DisposeAsync().ConfigureAwait(false);
        await _author.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Another run of the key was opened in the same moment.</summary>
    internal const string KeyTaken = "Another run of the same key has been opened in this moment. Ask again.";

    /// <summary>What an error of the driver or server means to the engine; null: a fault of ours that must be seen as it is.</summary>
    internal static Exception? Translate(Exception e) => e switch
    {
        PostgresException { SqlState: "PL001" } => new LeaseLostException(),
        PostgresException { SqlState: "PL003" } refused => new RefusedException(refused.MessageText),
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "dag_run_entity" or "dag_run_key" } => new RefusedException(KeyTaken),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull or "58030" } full => new StoreUnavailableException(
            $"PostgreSQL's disk is full ({full.MessageText}). Free space on its data volume; work goes on by itself.", full),
        PostgresException { IsTransient: true } or PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "57014" or "25006" } =>
            new StoreUnavailableException($"PostgreSQL cannot serve now: {((PostgresException)e).MessageText}.", e),
        PostgresException shut when ShutsUsOut(shut) => new StoreUnavailableException($"PostgreSQL does not let us in: {shut.MessageText}.", shut),
        PostgresException => null,
        NpgsqlException or SocketException or IOException or TimeoutException => new StoreUnavailableException(
            $"PostgreSQL cannot be reached: {e.InnerException?.Message ?? e.Message}", e),
        _ => null,
    };

    /// <summary>Who we are, or the database that we ask for, is not known there: at the start a mistake of the operator's, later something that may pass.</summary>
    public static bool ShutsUsOut(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InvalidCatalogName;

    /// <summary>What of a text, a number or JSON PostgreSQL cannot take, such as the character 0; null: the error is another one.</summary>
    private static string? Misfit(Exception e) => e is PostgresException
    {
        SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter or PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.NumericValueOutOfRange,
    } data ? data.MessageText : null;

    /// <param name="source">Of connections.</param>
    /// <param name="work">What is done.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="sentTo">What cannot be done with what somebody has sent, where it does not fit; null: nobody has sent it.</param>
    private static async Task<T> RunAsync<T>(NpgsqlDataSource source, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation, string? sentTo = null)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            return await work(connection).ConfigureAwait(false);
        }
        catch (Exception e) when (sentTo is not null && Misfit(e) is { } misfit)
        {
            throw new RefusedException($"what was sent cannot be {sentTo}: {misfit}");
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    private NpgsqlDataSource Source(string application, string options, int timeoutSeconds)
    {
        var text = new NpgsqlConnectionStringBuilder(ConnectionString)
        {
            ApplicationName = application, CommandTimeout = timeoutSeconds, Timeout = 10, MaxAutoPrepare = 100, AutoPrepareMinUsages = 2,
            KeepAlive = 10, NoResetOnClose = true, MaxPoolSize = 30,
        };
        // A network that swallows packets tells nobody: the system asks the other side, and ends what has no answer within a minute.
        if (text.Host is { } host && !host.StartsWith('/') && !host.StartsWith('@'))
            (text.TcpKeepAlive, text.TcpKeepAliveTime, text.TcpKeepAliveInterval) = (true, 10, 5);
        text.SearchPath = string.IsNullOrEmpty(text.SearchPath) ? DefaultSchema : text.SearchPath;
        text.Options = string.IsNullOrEmpty(text.Options) ? options : $"{text.Options} {options}";
        return NpgsqlDataSource.Create(text);
    }
}
