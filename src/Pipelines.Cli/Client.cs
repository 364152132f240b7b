using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Cli;

/// <summary>The store as client commands see it: the database, or the API of a server.</summary>
internal interface IClient : IAsyncDisposable
{
    IReads Console { get; }

    IOperations Operations { get; }

    IAccess Access { get; }

    ISettings Settings { get; }

    Db Db { get; }
}

/// <summary>The database.</summary>
internal sealed class Client(string connectionString) : IClient
{
    private IReads? _console;
    private IOperations? _operations;
    private IAccess? _access;
    private ISettings? _settings;

    public Db Db { get; } = new(connectionString);

    public IReads Console => _console ??= new PostgresConsole(Db);

    public ISettings Settings => _settings ??= new PostgresSettings(Db);

    public IAccess Access => _access ??= new PostgresAccess(Db);

    public IOperations Operations => _operations ??= new PostgresOperations(Db);

    /// <summary>The database that was given, or that of the <c>up</c> that runs at the home.</summary>
    /// <exception cref="CommandException">Neither is there.</exception>
    public static string Resolve(string? database, string home)
    {
        if (database is not null)
            return database;
        return UpFile.Read(home) is { } up && up.IsAlive()
            ? up.Database
            : throw new CommandException($"nothing runs at the home '{home}'. Start it with `pipelines up`, or give a database with --database");
    }

    public ValueTask DisposeAsync() => Db.DisposeAsync();
}
