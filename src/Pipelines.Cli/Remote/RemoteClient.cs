using Pipelines.Engine.Codecs;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web.Access;

namespace Pipelines.Cli.Remote;

/// <summary>The API of a server. What it does not serve needs the database.</summary>
internal sealed class RemoteClient : IClient
{
    private readonly Api _api;

    /// <param name="server">Where it is.</param>
    /// <param name="payloads">Encodes and decodes here: the server needs no keys.</param>
    public RemoteClient(Server server, Payloads payloads)
    {
        _api = new Api(server);
        var reads = new HttpConsole(_api, payloads);
        Console = reads;
        Operations = new HttpOperations(_api, reads, payloads);
        Accounts = new HttpAccounts(_api);
        Vault = new HttpVault(_api);
    }

    public IReads Console { get; }

    public IOperations Operations { get; }

    public IAccounts Accounts { get; }

    public IVault Vault { get; }

    public Db Db => throw OnlyHere("this is done");

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        return ValueTask.CompletedTask;
    }

    private static CommandException OnlyHere(string what) => new($"{what} in the database, not over a server. Give --database in place of the server");
}
