using System.CommandLine;

namespace Pipelines.Cli;

/// <summary>A command that asks or changes the store and ends.</summary>
internal sealed class ClientCommand(string name, string description, string example) : Command(name, description), IHasExample
{
    public string Example { get; } = example;

    public ClientCommand Runs(Func<Session, Task<int>> body)
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

    /// <summary>For a body that either succeeds or throws.</summary>
    public ClientCommand Runs(Func<Session, Task> body) => Runs(async session =>
    {
        await body(session);
        return 0;
    });
}
