using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Engine.Requests;

/// <summary>JSON that somebody types or sends, read to its end: the parser alone finds names that come twice and texts that are none only when they are used.</summary>
public static class GivenJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The value; null: it is <c>null</c>.</summary>
    /// <exception cref="JsonException">It is no JSON, an object has a name twice, or in a text half of a character stands alone, as in <c>"\ud800"</c>.</exception>
    public static JsonNode? Parse(string json)
    {
        try
        {
            var value = JsonNode.Parse(json, documentOptions: Strict);
            _ = value?.ToJsonString();
            return value;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("in a text half of a character stands alone", e);
        }
    }
}
