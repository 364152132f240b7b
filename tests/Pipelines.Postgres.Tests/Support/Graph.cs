using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipelines.Postgres.Tests;

/// <summary>
/// A graph as one line: "a; b &lt; a; c:AllDone @pool ^5 ~queue &lt; a=yes b; m*2 &lt; b" is a task, one below it, one with a trigger
/// rule, pool, priority, queue and a condition on a's value, and one mapped over b's list, two at once. A rule may be a role
/// (Teardown, OnFailure, OnSuccess); !a is an edge that only waits, #a one by index; % depends on the past, %% on what follows there too, ! is for the latest run only.
/// </summary>
internal static partial class Graph
{
    public static DagSpec Parse(string dagId, string text, int maxActive = 1000, string? cron = null) => new()
    {
        Id = dagId,
        Type = "Test.Dag",
        Cron = cron,
        MaxActiveRuns = maxActive,
        Tasks = [.. text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Task)],
    };

    /// <summary>The same, with a task that waits in place of running a body.</summary>
    public static DagSpec Waiting(this DagSpec spec, string task, WaitSpec wait) =>
        spec with { Tasks = [.. spec.Tasks.Select(one => one.Id == task ? one with { Wait = wait, Queue = WaitSpec.Queue } : one)] };

    private static TaskSpec Task(string text)
    {
        var match = Form().Match(text);
        Assert.True(match.Success, $"not a task: {text}");
        var upstreams = match.Groups["up"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Edge).ToList();
        var mapped = match.Groups["mapped"].Success;
        return new TaskSpec
        {
            Id = match.Groups["id"].Value,
            Over = mapped ? upstreams[0].Task : null,
            MaxParallel = match.Groups["parallel"] is { Length: > 0 } parallel ? int.Parse(parallel.ValueSpan) : null,
            TriggerRule = Enum.TryParse<TriggerRule>(match.Groups["rule"].Value, out var rule) ? rule : TriggerRule.AllSuccess,
            Role = Enum.TryParse<TaskRole>(match.Groups["rule"].Value, out var role) ? role : TaskRole.Task,
            DependsOnPast = match.Groups["past"].Success,
            WaitForDownstream = match.Groups["past"].Length == 2,
            LatestOnly = match.Groups["latest"].Success,
            Pool = match.Groups["pool"] is { Length: > 0 } pool ? pool.Value : null,
            Priority = match.Groups["priority"] is { Length: > 0 } priority ? int.Parse(priority.ValueSpan) : 0,
            Queue = match.Groups["queue"] is { Length: > 0 } queue ? queue.Value : "default",
            Inputs = mapped ? [upstreams[0].Task + "[]"] : [],
            Upstreams = upstreams,
        };
    }

    private static EdgeSpec Edge(string text)
    {
        var kind = text[0] switch { '!' => EdgeKind.Wait, '#' => EdgeKind.Index, _ => EdgeKind.Outcome };
        var parts = text.TrimStart('!', '#').Split('=');
        return new(parts[0], parts.Length == 2 ? JsonValue.Create(parts[1]) : null, kind);
    }

    [GeneratedRegex(@"^(?<id>\w+)(?<mapped>\*(?<parallel>\d*))?(?<past>%%?)?(?<latest>!)?(:(?<rule>\w+))?( @(?<pool>\w+))?( \^(?<priority>-?\d+))?( ~(?<queue>\w+))?( < (?<up>.+))?$")]
    private static partial Regex Form();
}
