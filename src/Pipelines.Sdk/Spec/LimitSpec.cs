using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>A limit that a task's attempts keep to, shared by all tasks that name it.</summary>
public sealed record LimitSpec
{
    /// <summary>Its name, the same for every task that shares it. <c>dag:</c>, <c>run:</c> and <c>task:</c> begin those that nobody shares.</summary>
    public required string Name { get; init; }

    /// <summary>How many attempts run at once; null: it limits how many start.</summary>
    public int? AtOnce { get; init; }

    /// <summary>How many attempts start in <see cref="PerSeconds"/>.</summary>
    public int? Starts { get; init; }

    /// <summary>In how many seconds.</summary>
    public double? PerSeconds { get; init; }

    /// <summary>How many start at once when nothing has started for a while.</summary>
    public int? Burst { get; init; }

    /// <summary>The task whose output is the key; <c>parts[]</c>: the element of its list. Null: not counted by an output.</summary>
    public string? KeyTask { get; init; }

    /// <summary>The JSON property of it.</summary>
    public string? KeyProperty { get; init; }

    /// <summary>The argument of the run that is the key.</summary>
    public string? KeyArgument { get; init; }

    /// <summary>Counted in each run by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool KeyRun { get; init; }
}
