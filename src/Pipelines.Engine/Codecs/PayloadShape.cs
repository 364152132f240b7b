namespace Pipelines.Engine.Codecs;

/// <summary>
/// How a payload is encoded where the engine has to look at it: it counts the elements of a list that is mapped over, compares what a branch hangs on, and groups runs and attempts by keys.
/// What it looks at stays plain, and what lies beside it is encoded part by part.
/// </summary>
public sealed record PayloadShape
{
    /// <summary>As one.</summary>
    public static readonly PayloadShape Whole = new();

    /// <summary>Not at all.</summary>
    public static readonly PayloadShape Plain = new() { IsPlain = true };

    public bool IsPlain { get; private init; }

    /// <summary>A list, element by element: how many there are can be seen.</summary>
    public bool ByElement { get; private init; }

    /// <summary>An object, field by field: their names can be seen.</summary>
    public bool ByField { get; private init; }

    /// <summary>The fields that stay plain.</summary>
    public IReadOnlyList<string> PlainFields { get; init; } = [];

    /// <summary>The DAGs whose arguments it becomes: what the engine looks at among those stays plain too.</summary>
    public IReadOnlyList<string> StartsRunsOf { get; private init; } = [];

    /// <summary>Of a run's arguments.</summary>
    public static PayloadShape OfArguments(DagSpec spec) => OfArguments(KeysAmongArguments(spec));

    /// <inheritdoc cref="OfArguments(DagSpec)"/>
    /// <param name="keys">Those that the engine groups by.</param>
    public static PayloadShape OfArguments(IReadOnlyList<string> keys) => new() { ByField = true, PlainFields = keys };

    /// <summary>The arguments that the engine groups runs and attempts by.</summary>
    public static IReadOnlyList<string> KeysAmongArguments(DagSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return [.. spec.Tasks.SelectMany(task => task.Limits ?? []).Select(limit => limit.KeyArgument).Concat([spec.RunKey, spec.FairnessKey, spec.FairnessWeight]).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Of the signal of that name; one that no task without a body takes goes to a body, and nobody else looks at it.</summary>
    public static PayloadShape OfSignal(DagSpec spec, string signal)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Tasks.FirstOrDefault(task => task.Wait?.Signal == signal) is { } takes ? OfOutput(spec, takes.Id) : Whole;
    }

    /// <summary>Of a task's output.</summary>
    public static PayloadShape OfOutput(DagSpec spec, string task)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var element = $"{task}[]";
        var limits = spec.Tasks.SelectMany(other => other.Limits ?? []).Where(limit => limit.KeyTask == task || limit.KeyTask == element).ToList();
        if (spec.Tasks.Any(other => other.Upstreams.Any(edge => edge.Task == task && edge.When is not null)) || limits.Any(limit => limit.KeyProperty is null))
            return Plain;
        List<string> dags = [.. spec.Tasks.Where(other => other.Wait is { Kind: WaitKind.Run, Arguments: { } from } && (from == task || from == element)).Select(other => other.Wait!.Dag!).Distinct()];
        return new PayloadShape
        {
            ByElement = spec.Tasks.Any(other => other.Over == task),
            ByField = limits.Count > 0 || dags.Count > 0,
            PlainFields = [.. limits.Select(limit => limit.KeyProperty!).Distinct()],
            StartsRunsOf = dags,
        };
    }
}
