using System.CommandLine;
using Pipelines.Cli.Remote;

namespace Pipelines.Cli;

/// <summary>A command that asks or changes the store and ends.</summary>
internal sealed class ClientCommand(string name, string description, string example) : Command(name, description), IHasExample
{
    public string Example { get; } = example;

    /// <summary>For a body that asks the store.</summary>
    public ClientCommand Runs(Func<Session, Task<int>> body)
    {
        ServerOptions.AddTo(this);
        return Acts(body);
    }

    /// <summary>For a body that needs no store.</summary>
    public ClientCommand RunsHere(Action<Session> body) => Acts(session =>
    {
        body(session);
        return Task.FromResult(0);
    });

    /// <summary>For a body that either succeeds or throws.</summary>
    public ClientCommand Runs(Func<Session, Task> body) => Runs(async session =>
    {
        await body(session);
        return 0;
    });

    private ClientCommand Acts(Func<Session, Task<int>> body)
    {
        SetAction((parsed, cancellation) => Failure.ReportAsync(
            parsed,
            async () =>
            {
                await using var session = new Session(parsed, cancellation);
                return await body(session);
            },
            cancellation));
        return this;
    }
}
