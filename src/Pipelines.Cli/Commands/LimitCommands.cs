using System.CommandLine;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>limits: how many tasks run at once or start in a time, as DAGs say it.</summary>
internal static class LimitCommands
{
    public static Command All() => new("limits", "How many tasks run at once, or start in a time, beside pools. DAGs say how large they are.") { List() };

    /// <summary>A limit as a person would name it.</summary>
    public static string Name(string name) => name.Split(':') switch
    {
        ["dag", var dag] => $"MaxActiveTasks of {dag}",
        ["run", var dag] => $"MaxActiveTasksPerRun of {dag}",
        ["task", var task] => $"Concurrency of {task}",
        _ => $"the limit '{name}'",
    };

    /// <summary>Such as "2 start in 1 s, 5 at once after a pause".</summary>
    public static string Rate(LimitRow limit) =>
        FormattableString.Invariant($"{limit.Starts} start in {Text.Span(limit.PerSeconds)}") + (limit.Burst > 1 ? FormattableString.Invariant($", {limit.Burst} at once after a pause") : "");

    private static ClientCommand List() => new ClientCommand("list", "Lists the limits, who keeps to them and who waits for them.", "pipelines limits list")
        .Runs(async session => session.Screen.List(
            [.. (await session.Console.LimitsAsync(session.Cancellation)).Select(limit => new
            {
                Limit = limit.Name, limit.AtOnce, limit.Starts, limit.PerSeconds, limit.Burst, limit.Active, limit.Waiting,
                Lets = limit.AtOnce is { } most ? $"{most} at once" : Rate(limit),
            })],
            "No DAG has limits. Set them in Define: dag.Task(Call).Concurrency(2), .RateLimit(\"api\", 2.PerSecond), dag.MaxActiveTasks(16).",
            new("Limit", limit => limit.Limit), new("Lets", limit => limit.Lets), new("Active", limit => $"{limit.Active}"),
            new("Waiting", limit => $"{limit.Waiting}")));
}
