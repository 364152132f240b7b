using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>
/// Checks the arguments of a run against their DAG's JSON Schema, as far as mistakes of people go: names and types. What it
/// lets through may still be refused by the task that reads it.
/// </summary>
public static class RunArguments
{
    /// <summary>The arguments as they are stored; null when none were given.</summary>
    /// <exception cref="RefusedException">They do not fit; the message has a part for each field.</exception>
    public static string? Check(string dagId, JsonNode? schema, string? arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
            return null;
        if (schema is null)
            throw new RefusedException($"the DAG '{dagId}' takes no arguments; start it without");
        JsonNode? given;
        try
        {
            given = JsonNode.Parse(arguments);
        }
        catch (JsonException e)
        {
            throw new RefusedException($"the arguments are not JSON: {e.Message}");
        }

        if (given is not JsonObject fields)
            throw new RefusedException("the arguments must be a JSON object, such as {\"days\": 3}");
        var properties = schema["properties"] as JsonObject ?? [];
        var kept = new JsonObject();
        var wrong = new List<string>();
        foreach (var (name, value) in fields)
        {
            if (Find(properties, name) is not { } property)
                wrong.Add(UnknownName.Message("argument", name, [.. properties.Select(p => p.Key)]));
            else if (Mismatch(property.Value, value) is { } mismatch)
                wrong.Add($"argument '{property.Key}' {mismatch}");
            else
                kept[property.Key] = value?.DeepClone();
        }

        return wrong.Count == 0 ? kept.ToJsonString() : throw new RefusedException(string.Join("; ", wrong));
    }

    /// <summary>The JSON of an argument that was typed as text: a number for a number, the text itself for a text.</summary>
    public static JsonNode? FromText(JsonNode? schema, string name, string text)
    {
        var property = Find(schema?["properties"] as JsonObject ?? [], name)?.Value;
        if (property is not null && Types(property) is { Count: > 0 } types && types.Contains("string") && !IsNumber(types))
            return types.Contains("null") && text == "null" ? null : JsonValue.Create(text);
        if (property?["enum"] is JsonArray choices && choices.Any(choice => choice?.GetValueKind() == JsonValueKind.String))
            return JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static KeyValuePair<string, JsonNode?>? Find(JsonObject properties, string name)
    {
        foreach (var property in properties)
        {
            if (string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase))
                return property;
        }

        return null;
    }

    private static string? Mismatch(JsonNode? property, JsonNode? value)
    {
        if (property?["enum"] is JsonArray choices && !choices.Any(choice => JsonNode.DeepEquals(choice, value)))
            return $"is {Shown(value)}; it must be one of {string.Join(", ", choices.Select(Shown))}";
        if (property is not JsonObject || Types(property) is not { Count: > 0 } types || Fits(types, value))
            return null;
        var wanted = IsNumber(types) ? types.Where(type => type != "string") : types;
        return $"is {Shown(value)}; it must be {string.Join(" or ", wanted.Select(Noun))}";
    }

    private static IReadOnlyList<string> Types(JsonNode property) => property["type"] switch
    {
        JsonArray several => [.. several.Select(type => (string)type!)],
        JsonValue one => [(string)one!],
        _ => [],
    };

    /// <summary>Numbers may be written as text, and their schema says so; then the text must be a number.</summary>
    private static bool Fits(IReadOnlyList<string> types, JsonNode? value) =>
        IsNumber(types) && value?.GetValueKind() == JsonValueKind.String
            ? types.Contains("string") && Number((string)value!) is { } number && (types.Contains("number") || decimal.IsInteger(number))
            : types.Any(type => Is(type, value));

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool IsNumber(IReadOnlyList<string> types) => types.Contains("integer") || types.Contains("number");

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) => true,
        ("array", JsonValueKind.Array) or ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => Number(value!.ToJsonString()) is { } number && decimal.IsInteger(number),
        _ => false,
    };

    private static string Noun(string type) => type switch
    {
        "integer" => "a whole number", "number" => "a number", "string" => "a text", "boolean" => "true or false",
        "array" => "a list", "object" => "an object", _ => type,
    };

    private static string Shown(JsonNode? value)
    {
        var text = value?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
