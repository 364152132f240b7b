using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>locks: what running tasks hold by context.LockAsync.</summary>
internal static class LockCommands
{
    public static Command All() => new("locks", "What running tasks hold, one at a time over all workers.") { List() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the locks, who holds them and how many wait.", "pipelines locks list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.LocksAsync(LockRow.Most, session.Cancellation)).Select(held => new
            {
                Lock = held.Name, Dag = held.DagId, Run = held.RunId, Task = Text.Instance(held.TaskId, held.MapIndex), held.Attempt, held.Worker, held.Since, held.Until, held.Token, held.Waiting,
            })],
            "No task holds a lock. One takes it in its body: await using var held = await context.LockAsync(\"table-x\");",
            new("Lock", held => held.Lock), new("Held by", held => $"{held.Dag} run {held.Run}, {held.Task}, attempt {held.Attempt}"), new("Since", held => Text.Time(held.Since)),
            new("Token", held => $"{held.Token}"), new("Waiting", held => $"{held.Waiting}")));
}
