using System.Text.Json.Nodes;

namespace Pipelines;

/// <content>The end of Define: the whole graph as data, when all of it is known.</content>
public sealed partial class DagBuilder
{
    // These rules may decide before the condition's value is known, so that the condition would hold or not by chance.
    private static readonly TriggerRule[] Early =
        [Pipelines.TriggerRule.OneSuccess, Pipelines.TriggerRule.OneFailed, Pipelines.TriggerRule.OneDone, Pipelines.TriggerRule.AllSkipped, Pipelines.TriggerRule.Always];

    /// <summary>Runs Define on a builder and gives the graph as data.</summary>
    /// <exception cref="DagDefinitionException">The graph is not one that can run.</exception>
    internal static DagSpec SpecOf(Dag dag, DagAttribute attribute, string type, JsonNode? arguments) => SpecOf(dag, attribute, type, arguments, out _);

    /// <summary>The same, and the schedule of the team's own that Define names; null: none.</summary>
    internal static DagSpec SpecOf(Dag dag, DagAttribute attribute, string type, JsonNode? arguments, out ISchedule? custom)
    {
        var builder = new DagBuilder();
        dag.Define(builder);
        custom = builder._custom;
        return builder.Finish(attribute, type, arguments);
    }

    /// <summary>Adds the edges that depend on the whole graph, and checks what only the whole graph shows.</summary>
    internal DagSpec Finish(DagAttribute attribute, string type, JsonNode? arguments)
    {
        FinishTeardowns();
        FinishLimits(attribute.Id);
        FinishPriorities();
        FinishAssets();
        FinishReactions();
        foreach (var task in _tasks)
            Check(task.Spec);
        if (attribute.Cron is { } cron && _schedule is not null)
            throw new DagDefinitionException($"The DAG has two schedules: Cron = \"{cron}\" in its [Dag] attribute, and dag.Schedule in Define. Keep one.");
        return new DagSpec
        {
            Id = attribute.Id,
            Type = type,
            Description = attribute.Description,
            Owner = string.IsNullOrWhiteSpace(attribute.Owner) ? null : attribute.Owner.Trim(),
            Tags = Tags(attribute.Tags),
            Cron = attribute.Cron,
            TimeZone = attribute.TimeZone,
            Start = attribute.Start,
            End = attribute.End,
            Catchup = attribute.Catchup,
            Schedule = _schedule,
            Assets = _assets,
            Jitter = _jitter > TimeSpan.Zero ? _jitter : null,
            AutoPauseAfter = _autoPause,
            MaxActiveRuns = _schedule?.Kind == ScheduleKind.Continuous ? Math.Min(1, attribute.MaxActiveRuns) : attribute.MaxActiveRuns,
            RunTimeout = _runTimeout,
            FailFast = _failFast,
            VersionPolicy = attribute.VersionPolicy,
            RunKey = RunKey(attribute, arguments),
            OnConflict = attribute.OnConflict,
            FairnessKey = attribute.FairnessKey is { } fair ? Argument("FairnessKey", fair, arguments).Name : null,
            FairnessWeight = FairnessWeight(attribute, arguments),
            Notify = _notify,
            Deadlines = _deadlines,
            Arguments = arguments,
            Tasks = [.. _tasks.Select(task => WithZone(task.Spec, attribute.TimeZone))],
        };
    }

    /// <summary>The argument by the name that it has in JSON.</summary>
    private static string? RunKey(DagAttribute attribute, JsonNode? arguments)
    {
        if (attribute.RunKey is not { } key)
            return attribute.OnConflict == OnConflict.Reject ? null : throw new DagDefinitionException("OnConflict says what becomes of a second run of a key, and the DAG has no RunKey. Name an argument: RunKey = \"customerId\".");
        return Argument("RunKey", key, arguments).Name;
    }

    private static string? FairnessWeight(DagAttribute attribute, JsonNode? arguments)
    {
        if (attribute.FairnessWeight is not { } weight)
            return null;
        if (attribute.FairnessKey is null)
            throw new DagDefinitionException("FairnessWeight says how many turns a value of the FairnessKey has, and the DAG has none. Name an argument: FairnessKey = \"customer\".");
        var (name, types) = Argument("FairnessWeight", weight, arguments);
        return types.Contains("integer") || types.Contains("number") ? name
            : throw new DagDefinitionException($"FairnessWeight = \"{weight}\" is an argument that is no number. A weight is a number of 0.001 to 1000.");
    }

    /// <summary>An argument of one value that the attribute names, by the name that it has in JSON, and its types there.</summary>
    private static (string Name, string[] Types) Argument(string what, string key, JsonNode? arguments)
    {
        var properties = arguments?["properties"] as JsonObject ?? [];
        var (name, schema) = properties.FirstOrDefault(property => string.Equals(property.Key, key, StringComparison.OrdinalIgnoreCase));
        if (name is null)
        {
            throw new DagDefinitionException($"{what} = \"{key}\" names no argument of the DAG. "
                + (properties.Count == 0 ? "It takes none: derive it from Dag<TArguments>." : $"There is: {string.Join(", ", properties.Select(property => property.Key))}."));
        }

        string[] types = schema?["type"] switch { JsonArray several => [.. several.Select(type => (string)type!)], JsonValue one => [(string)one!], _ => [] };
        if (types.Contains("object") || types.Contains("array"))
            throw new DagDefinitionException($"{what} = \"{key}\" is an argument of several values. A key is one text, number or Guid.");
        return (name, types);
    }

    /// <summary>None is null, not an empty list: a graph that has no tags keeps its hash.</summary>
    private static string[]? Tags(string[] given) =>
        given.Where(tag => !string.IsNullOrWhiteSpace(tag)).Select(tag => tag.Trim()).Distinct(StringComparer.Ordinal).ToArray() is { Length: > 0 } tags ? tags : null;

    /// <summary>The time of day that a task waits for is read in the DAG's zone.</summary>
    private static TaskSpec WithZone(TaskSpec task, string zone) => task.Wait is { Time: not null } wait ? task with { Wait = wait with { TimeZone = zone } } : task;

    private static void Check(TaskSpec task)
    {
        var conditional = task.Upstreams.Any(edge => edge.When is not null);
        var what = task switch
        {
            { Wait: not null } when task.Queue != WaitSpec.Queue || task.Pool is not null || task.Limits is not null || task.Retry != RetryPolicy.None || task.AttemptTimeout is not null
                || task.Role != TaskRole.Task || task.DependsOnPast || task.LatestOnly || task.Produces is not null =>
                "waits and runs no body: it can have After, When, TriggerRule and Priority, and nothing else",
            { Role: not TaskRole.Task } when task.TriggerRule != Pipelines.TriggerRule.AllSuccess || conditional || task.DependsOnPast || task.LatestOnly =>
                $"is a {(task.Role == TaskRole.Teardown ? "teardown" : "callback")}, which has its own rule: it cannot have TriggerRule, When, DependsOnPast or LatestOnly",
            { Role: not TaskRole.Task, Produces: not null } => "is a teardown or a callback: it cannot have Produces. Put that on the task whose success means that the data is there",
            { TriggerRule: TriggerRule.Always, Mapped: true } => "is mapped and has the trigger rule Always, which would not wait for the list. Use another rule",
            { TriggerRule: TriggerRule.Always, Inputs.Count: > 0 } => "takes outputs and has the trigger rule Always, which does not wait for them. Use another rule",
            _ when conditional && Early.Contains(task.TriggerRule) =>
                $"has a condition (When) and the trigger rule {task.TriggerRule}, which decides without waiting for the condition's value. "
                + "Use another trigger rule, such as NoneFailedMinOneSuccess, or put the condition on a task of its own before this one",
            { DependsOnPast: true, Mapped: true } => "is mapped and cannot depend on the past: the next list may have other elements. Put DependsOnPast on the task that makes the list",
            { LatestOnly: true, Mapped: true } => "is mapped and cannot be LatestOnly: put that on the task that makes the list",
            { MaxParallel: not null } when task.Upstreams.Any(edge => edge.Kind == EdgeKind.Index) =>
                "has MaxParallel and follows a task of its mapped group element by element. Limit the group: MapGroup(..., maxParallel: 4)",
            _ => null,
        };
        if (what is not null)
            throw new DagDefinitionException($"Task '{task.Id}' {what}.");
    }
}
