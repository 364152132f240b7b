using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>runs: running a whole run again, and ending it by hand.</summary>
internal static class RunControlCommands
{
    private static readonly char[] Ends = ['s', 'f'];

    public static ClientCommand Clear()
    {
        var id = Arguments.Run();
        return new ClientCommand("clear", "Makes a whole run run again; attempts that run are stopped.", "pipelines runs clear 42 --why 'the source was corrected'")
            { id, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            var state = await session.Operations.ClearRunAsync(run, session.By, session.Cancellation);
            session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
            session.Screen.Say(state == 'q' ? $"Run {run} is queued to run again, whole. `pipelines runs show {run}` shows it." : $"Every task of run {run} runs again.");
        });
    }

    public static ClientCommand Mark()
    {
        var (id, state) = (Arguments.Run(), Arguments.State());
        return new ClientCommand(
            "mark", "Ends a run by hand as succeeded or failed; what runs is stopped, teardowns still run.", "pipelines runs mark 42 --state failed --why 'the data is not coming'")
            { id, state, SharedOptions.Why() }.Runs(async session =>
        {
            var run = session.Get(id);
            var to = Arguments.StateOf("run", session.Get(state)!, Ends);
            var before = (await session.RunAsync(run)).Run.State;
            var after = await session.Operations.MarkRunAsync(run, to, session.By, session.Cancellation);
            session.Screen.Document(RunView.Of((await session.RunAsync(run)).Run));
            session.Screen.Say(before == to ? $"Nothing changed: run {run} has {RunState.Word(to)} already."
                : after == to ? $"Run {run} is marked {RunState.Word(to)}."
                : $"Run {run} is marked {RunState.Word(to)}; it ends when its teardowns and callbacks have run.");
        });
    }
}
