using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>Something that a task instance has told while it ran.</summary>
/// <param name="Kind">What it is: progress, value, or the details of the last heartbeat.</param>
/// <param name="Name">Its name; "" unless it is a value.</param>
/// <param name="Attempt">The attempt that told it.</param>
/// <param name="At">When.</param>
/// <param name="Value">What; of progress an object of percent and text.</param>
public sealed record ValueJson([property: OneOf(Words.ValueKinds)] string Kind, string Name, short Attempt, DateTimeOffset At, JsonNode? Value)
{
    internal static ValueJson Of(ValueRow row) => new(row.Kind.ToString().ToLowerInvariant(), row.Name, row.Attempt, row.At, ApiJson.Parse(row.Json));

    internal ValueRow Port => new(Enum.Parse<ValueKind>(Kind, ignoreCase: true), Name, Attempt, At, Value?.ToJsonString() ?? "null");
}

/// <summary>How far a running task is, by its own word.</summary>
/// <param name="Task">The task.</param>
/// <param name="MapIndex">The element of a mapped task; null: the task as a whole.</param>
/// <param name="Attempt">The attempt that runs.</param>
/// <param name="At">When it said so.</param>
/// <param name="Percent">0 to 100.</param>
/// <param name="Text">What it is at.</param>
public sealed record ProgressJson(string Task, int? MapIndex, short Attempt, DateTimeOffset At, double Percent, string Text)
{
    internal static ProgressJson Of(ProgressRow row) => new(row.TaskId, Element.Of(row.MapIndex), row.Attempt, row.At, row.Percent, row.Text);

    internal ProgressRow Port => new(Task, MapIndex ?? -1, Attempt, At, Percent, Text);
}
