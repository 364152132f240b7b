using System.CommandLine;
using Pipelines.Cli.Output;

namespace Pipelines.Cli.Commands;

/// <summary>workers: who runs tasks.</summary>
internal static class WorkerCommands
{
    public static Command All() => new("workers", "The processes that run tasks.") { List() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the workers of the last day, the living first.", "pipelines workers list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.WorkersAsync(session.Cancellation)).Select(worker => new WorkerView(
                worker.WorkerId, worker.Name, worker.Queues, worker.Slots, worker.Busy, worker.Stuck, worker.Alive, worker.StartedAt, worker.LeaseUntil))],
            "There are no workers. `pipelines up` runs one; `pipelines worker` starts more.",
            new("Worker", worker => $"{worker.Worker}"), new("Name", worker => worker.Name), new("Alive", worker => worker.Alive ? "yes" : "no", worker => worker.Alive ? "green" : "red"),
            new("Queues", worker => string.Join(", ", worker.Queues)), new("Busy", worker => $"{worker.Busy} of {worker.Slots}"),
            new("Stuck", worker => worker.Stuck == 0 ? "" : $"{worker.Stuck}", _ => "red"), new("Started", worker => Text.Brief(worker.StartedAt)),
            new("Lease until", worker => Text.Time(worker.LeaseUntil))));
}
