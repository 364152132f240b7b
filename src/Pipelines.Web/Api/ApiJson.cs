using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipelines.Web.Api;

/// <summary>How the API writes and reads JSON.</summary>
public static class ApiJson
{
    /// <summary>Of those who call: members that a newer server adds are not minded.</summary>
    public static JsonSerializerOptions Lenient { get; } = Make(JsonUnmappedMemberHandling.Skip);

    private static readonly JsonSerializerOptions Graphs = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new Seconds() },
    };

    /// <summary>A member that is not known is a mistake of the caller, and told.</summary>
    internal static void Configure(JsonSerializerOptions options, JsonUnmappedMemberHandling unmapped = JsonUnmappedMemberHandling.Disallow)
    {
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.UnmappedMemberHandling = unmapped;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
    }

    /// <summary>Of the server: what callers send is read to its end.</summary>
    internal static void ConfigureServer(JsonSerializerOptions options)
    {
        Configure(options);
        options.Converters.Add(new GivenNode<JsonObject>());
        options.Converters.Add(new GivenNode<JsonNode>());
    }

    internal static JsonObject Graph(DagSpec spec) => JsonSerializer.SerializeToNode(spec, Graphs)!.AsObject();

    internal static DagSpec Graph(JsonObject graph) => graph.Deserialize<DagSpec>(Graphs)!;

    internal static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    private static JsonSerializerOptions Make(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options, unmapped);
        options.RespectRequiredConstructorParameters = false;
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class Seconds : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => TimeSpan.FromSeconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);
    }
}
