using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Requests;

/// <summary>Checks what somebody sends or fills in against its JSON Schema, as run arguments are.</summary>
public static class GivenValue
{
    /// <summary>What is stored; null when nothing was given and nothing is asked for.</summary>
    /// <param name="what">For the error: <c>the signal 'review'</c>.</param>
    /// <param name="schema">Null: anything is taken.</param>
    /// <param name="json">What was given; null: nothing.</param>
    /// <exception cref="RefusedException">It does not fit; the message says where.</exception>
    public static string? Check(string what, JsonNode? schema, string? json)
    {
        JsonNode? value;
        try
        {
            value = string.IsNullOrWhiteSpace(json) ? null : GivenJson.Parse(json);
        }
        catch (JsonException e)
        {
            throw new RefusedException($"{what} is not JSON: {e.Message.TrimEnd('.')}. Write it like {{\"rows\": 3}}, a text in double quotes");
        }

        if (schema is not JsonObject { Count: > 0 } known)
            return value?.ToJsonString();
        if (value is null && known["properties"] is JsonObject)
            value = new JsonObject();                                     // all by default, where there are defaults
        var check = new ArgumentCheck(known, "field");
        var kept = check.Keep("", known, value);
        return check.Wrong.Count == 0 ? kept?.ToJsonString() : throw new RefusedException($"{what} does not fit: {string.Join("; ", check.Wrong.Select(wrong => wrong.Text))}");
    }
}
