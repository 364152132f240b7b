using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Cli.Remote;

/// <summary>The API of a server. What it does not serve needs the database.</summary>
internal sealed class RemoteClient : IClient
{
    private readonly Api _api;

    public RemoteClient(Server server)
    {
        _api = new Api(server);
        var reads = new HttpConsole(_api);
        Console = reads;
        Operations = new HttpOperations(_api, reads);
    }

    public IReads Console { get; }

    public IOperations Operations { get; }

    public IAccess Access => throw OnlyHere("users and tokens are looked after");

    public ISettings Settings => throw OnlyHere("connections and variables are looked after");

    public Db Db => throw OnlyHere("this is done, and schedules that are code of a DAG's assembly are read,");

    public ValueTask DisposeAsync()
    {
        _api.Dispose();
        return ValueTask.CompletedTask;
    }

    private static CommandException OnlyHere(string what) => new($"{what} in the database, not over a server. Give --database in place of the server");
}
