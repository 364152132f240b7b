using System.CommandLine;
using Pipelines.Cli.Output;

namespace Pipelines.Cli.Commands;

/// <summary>workers: who runs tasks.</summary>
internal static class WorkerCommands
{
    public static Command All() => new("workers", "The processes that run tasks.") { List(), Drain(), Resume() };

    private static ClientCommand List() => new ClientCommand("list", "Lists the workers of the last day, the living first.", "pipelines workers list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.WorkersAsync(session.Cancellation)).Select(WorkerView.Of)],
            "There are no workers. `pipelines up` runs one; `pipelines worker` starts more.",
            new("Worker", worker => $"{worker.Worker}"), new("Name", worker => worker.Name),
            new("Alive", worker => !worker.Alive ? "no" : worker.Draining ? "draining" : "yes", worker => worker.Alive ? worker.Draining ? "yellow" : "green" : "red"),
            new("Queues", worker => string.Join(", ", worker.Queues)), new("Busy", worker => $"{worker.Busy} of {worker.Slots}"),
            new("Stuck", worker => worker.Stuck == 0 ? "" : $"{worker.Stuck}", _ => "red"), new("Started", worker => Text.Brief(worker.StartedAt)),
            new("Lease until", worker => Text.Time(worker.LeaseUntil))));

    private static ClientCommand Drain() => Change(
        "drain", "Keeps a worker from taking more work; what it runs goes on.",
        (session, worker) => session.Operations.DrainWorkerAsync(worker, session.By, session.Cancellation),
        worker => $"Worker {worker} takes no more work from its next heartbeat on; what it runs goes on. `pipelines workers resume {worker}` ends that.");

    private static ClientCommand Resume() => Change(
        "resume", "Lets a drained worker take work again.",
        (session, worker) => session.Operations.ResumeWorkerAsync(worker, session.By, session.Cancellation),
        worker => $"Worker {worker} takes work again from its next heartbeat on.");

    private static ClientCommand Change(string name, string description, Func<Session, string, Task> change, Func<string, string> said)
    {
        var worker = new Argument<string>("worker") { Description = "Its name, or its number.", HelpName = "NAME" };
        return new ClientCommand(name, description, $"pipelines workers {name} 1") { worker, SharedOptions.Why() }.Runs(async session =>
        {
            await change(session, session.Get(worker));
            session.Screen.Document(new { worker = session.Get(worker), draining = name == "drain" });
            session.Screen.Say(said(session.Get(worker)));
        });
    }
}
