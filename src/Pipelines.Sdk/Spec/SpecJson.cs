using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>The canonical JSON of a graph: the same graph always gives the same bytes, so its hash names it.</summary>
internal static class SpecJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Write(DagSpec spec) => JsonSerializer.Serialize(spec, Options);

    public static DagSpec Read(string json) => JsonSerializer.Deserialize<DagSpec>(json, Options)
        ?? throw new PipelinesException("A stored graph is empty.");

    /// <summary>The schedule of a stored graph, read alone.</summary>
    public static ScheduleSpec? ReadSchedule(string json) => JsonSerializer.Deserialize<ScheduleSpec>(json, Options);

    public static WaitSpec ReadWait(string json) => JsonSerializer.Deserialize<WaitSpec>(json, Options)
        ?? throw new PipelinesException("A stored wait is empty.");

    public static string Hash(DagSpec spec) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(spec, Options)));
}
