using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipelines.Web.Views;

/// <summary>JSON for people.</summary>
internal static class JsonText
{
    public static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Over several lines; what is not JSON as it is.</summary>
    public static string Indented(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement, Options);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
