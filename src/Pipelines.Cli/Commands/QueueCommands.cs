using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Requests;

namespace Pipelines.Cli.Commands;

/// <summary>queues: what waits in them, and how many workers they could do with.</summary>
internal static class QueueCommands
{
    public static Command All() => new("queues", "What waits for workers, and how many of them there should be.") { Stats() };

    private static ClientCommand Stats()
    {
        var queue = new Argument<string?>("queue") { Description = "Only this queue.", HelpName = "QUEUE", Arity = ArgumentArity.ZeroOrOne };
        var slots = Arguments.AtLeast(1, new Option<int?>("--slots") { Description = "The slots of a worker that would be started; default: the average of those that serve the queue.", HelpName = "N" });
        return new ClientCommand("stats", "Says how much waits and runs, for how long, and how many workers could do with it.", "pipelines queues stats")
            { queue, slots }.Runs(async session =>
        {
            var all = await session.Console.QueuesAsync(session.Cancellation);
            var given = session.Get(slots);
            if (session.GetOrNull(queue) is { } name && all.All(one => one.Name != name))
                throw new CommandException(UnknownName.Message("queue", name, [.. all.Select(one => one.Name)]));
            session.Screen.List(
                [.. all.Where(one => session.GetOrNull(queue) is not { } only || one.Name == only).Select(one => new
                {
                    Queue = one.Name, one.Depth, one.Runnable, one.InLine, one.OldestSeconds, one.Running, one.Workers, one.Slots,
                    SlotsPerWorker = one.SlotsPerWorker(given), DesiredWorkers = one.DesiredWorkers(given),
                })],
                "No task and no worker names a queue yet.",
                new("Queue", one => one.Queue), new("Ready", one => $"{one.Depth}"), new("In line", one => $"{one.InLine}"), new("Oldest", one => one.Depth == 0 ? "" : Text.Span(one.OldestSeconds)),
                new("Running", one => $"{one.Running}"), new("Workers", one => $"{one.Workers}"), new("Slots", one => $"{one.Slots}"), new("Desired workers", one => $"{one.DesiredWorkers}"));
        });
    }
}
