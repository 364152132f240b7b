using Pipelines.Cli.Roles;
using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web.Access;

namespace Pipelines.Cli;

/// <summary>The store as client commands see it: the database, or the API of a server.</summary>
internal interface IClient : IAsyncDisposable
{
    IReads Console { get; }

    IOperations Operations { get; }

    IAccounts Accounts { get; }

    IVault Vault { get; }

    Db Db { get; }
}

/// <summary>The database.</summary>
internal sealed class Client(string connectionString, string home, Payloads payloads) : IClient
{
    private IReads? _console;
    private IOperations? _operations;
    private IAccounts? _accounts;
    private IVault? _vault;

    public Db Db { get; } = new(connectionString) { Payloads = payloads };

    public IReads Console => _console ??= new PostgresConsole(Db);

    /// <summary>Whoever reaches the database may look after accounts.</summary>
    public IAccounts Accounts => _accounts ??= new Accounts(new PostgresAccess(Db));

    public IVault Vault => _vault ??= new Vault(new PostgresSettings(Db), () => KeyRing.Open(new Home(home).Keys));

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
