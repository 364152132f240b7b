using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Api;

/// <summary>A step of a task instance, its cursor, or a moment that it has asked for.</summary>
/// <param name="Kind">What it is: step, cursor or moment.</param>
/// <param name="Name">Its name; of the cursor "".</param>
/// <param name="Attempt">The attempt that did it, or tried it last.</param>
/// <param name="Tries">How often that attempt did it.</param>
/// <param name="StartedAt">When it was begun.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Output">What it returned, when that is small.</param>
/// <param name="Error">Why it failed; null: it has succeeded.</param>
public sealed record StepJson(
    [property: OneOf(Words.StepKinds)] string Kind, string Name, short Attempt, int Tries, DateTimeOffset StartedAt, DateTimeOffset EndedAt, JsonNode? Output, string? Error)
{
    internal static StepJson Of(StepRow row) => new(
        row.Kind.ToString().ToLowerInvariant(), row.Name, row.Attempt, row.Tries, row.StartedAt, row.FinishedAt, ApiJson.Parse(row.Output), row.Error);

    internal StepRow Port => new(Enum.Parse<StepKind>(Kind, ignoreCase: true), Name, Attempt, Tries, StartedAt, EndedAt, Output?.ToJsonString(), Error);
}
