using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs: signals.</summary>
internal static class SignalCommands
{
    public static Option<string?> Data() => new("--data") { Description = "What is sent with the signal, as JSON.", HelpName = "JSON" };

    public static Option<string?> WithStart() =>
        new("--signal") { Description = "Sends it this signal in the same transaction; with --key also when the run is there already.", HelpName = "NAME" };

    /// <exception cref="CommandException">There is data and no signal that it could go with.</exception>
    public static NewSignal? Of(string? name, string? data) => name is not null ? new NewSignal(name) { Payload = data }
        : data is null ? null : throw new CommandException("--data goes with a signal; name it with --signal");

    public static ClientCommand Send()
    {
        var (id, data) = (Arguments.Run(), Data());
        var name = new Argument<string>("name") { Description = "The signal's name.", HelpName = "NAME" };
        var key = new Option<string?>("--key") { Description = "Your own name for it: sent again, it is there already.", HelpName = "TEXT" };
        return new ClientCommand("signal", "Sends a run a signal; it is kept until a task takes it.", "pipelines runs signal 81 shipped --data 7")
            { id, name, data, key, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            var sent = await session.Operations.SendSignalAsync(run, new NewSignal(session.Get(name)) { Payload = session.Get(data), TraceParent = Environment.GetEnvironmentVariable("TRACEPARENT"), Key = session.Get(key) }, session.By, session.Cancellation);
            session.Screen.Document(new { sent.SignalId, sent.IsNew });
            session.Screen.Say(!sent.IsNew ? $"Run {run} has this signal already; nothing was sent."
                : (await session.Console.SignalsAsync(run, 10, session.Cancellation)).FirstOrDefault(row => row.SignalId == sent.SignalId)?.TakenBy is { } task
                    ? $"Run {run} has the signal; {task} took it."
                    : $"Run {run} has the signal; it is kept until a task waits for it.");
        });
    }

    public static ClientCommand List()
    {
        var id = Arguments.Run();
        return new ClientCommand("signals", "Lists the signals that a run was sent, the newest first.", "pipelines runs signals 81") { id }.Runs(async session =>
        {
            await session.RunAsync(session.Get(id));
            session.Screen.List(
                [.. (await session.Console.SignalsAsync(session.Get(id), SignalRow.Most, session.Cancellation)).Select(row => new { row.SignalId, row.Name, Data = row.Payload, row.SentBy, row.SentAt, row.TakenBy, row.TakenAt })],
                "It was sent none.",
                new("Signal", row => row.Name), new("Sent", row => Text.Time(row.SentAt)), new("By", row => row.SentBy), new("Taken by", row => row.TakenBy ?? "nobody yet"), new("Data", row => row.Data ?? "", Wraps: true));
        });
    }
}
