using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>Waits as the function begin_waits reads them: an array of objects whose names are its columns.</summary>
internal static class BegunWaits
{
    private sealed record Row(
        long Run, int Task, int Map, DateTimeOffset? Due, string? Error, string? Dag, string? Awaits,
        [property: JsonPropertyName("from_at")] DateTimeOffset? From, [property: JsonPropertyName("to_at")] DateTimeOffset? To,
        double? Timeout, bool Fails, bool Soft, bool Starts, bool Detached, JsonNode? Arguments, bool Closes,
        string? Signal, string? Question, JsonNode? Evidence, short? Needed, IReadOnlyList<string>? People, bool ByAdmin, bool NotByStarter, string? OnReject, string? OnExpiry);

    private static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Write(IReadOnlyList<BegunWait> waits) => JsonSerializer.Serialize(
        waits.Select(w => new Row(
            w.Key.RunId, w.Key.TaskNo, w.Key.MapIndex, w.Due, w.Error, w.Dag, w.Task, w.From, w.To, w.Timeout?.TotalSeconds, w.FailIfFailed, w.SoftFail, w.Starts, w.Detached,
            w.Arguments is null ? null : JsonNode.Parse(w.Arguments), w.Closes,
            w.Signal, w.Approval?.Question, w.Evidence is null ? null : JsonNode.Parse(w.Evidence), (short?)w.Approval?.Needed, w.Approval?.People, w.Approval?.ByAdmin == true,
            w.Approval?.NotByStarter == true, Letter(w.Approval?.OnReject), Letter(w.Approval?.OnExpiry))),
        Options);

    private static string? Letter(OnReject? reject) => reject switch { null => null, OnReject.Fail => "f", OnReject.Skip => "k", _ => "s" };

    private static string? Letter(OnExpiry? expiry) => expiry switch { null => null, OnExpiry.Approve => "s", _ => "f" };
}
