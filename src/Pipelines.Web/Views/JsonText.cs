using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Codecs;

namespace Pipelines.Web.Views;

/// <summary>JSON for people.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode? node) => node?.ToJsonString(OneLine) ?? "null";

    /// <summary>On one line, with "encrypted" in the place of what this console has no key for.</summary>
    public static string? Shown(string? json) => Payloads.Shown(json);

    /// <summary>Over several lines; what is not JSON as it is.</summary>
    public static string Indented(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(Payloads.Shown(json));
            return JsonSerializer.Serialize(document.RootElement, Options);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
