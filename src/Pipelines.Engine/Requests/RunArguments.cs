using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Requests;

/// <summary>
/// Checks the arguments of a run against their DAG's JSON Schema, as far as mistakes of people go: names, types, choices and bounds, at any depth. What it
/// lets through may still be refused by the task that reads it.
/// </summary>
public static class RunArguments
{
    /// <summary>The arguments as they are stored; null when none were given.</summary>
    /// <exception cref="RefusedException">They do not fit; the message has a part for each field.</exception>
    public static string? Check(string dagId, JsonNode? schema, string? arguments)
    {
        var (problems, kept) = Read(dagId, schema, arguments);
        return problems.Count > 0 ? throw new RefusedException(string.Join("; ", problems.Select(problem => problem.Text))) : kept;
    }

    /// <summary>What <see cref="Check"/> would refuse, problem by problem: for a form that tells each beside its field.</summary>
    /// <param name="dagId">The DAG.</param>
    /// <param name="schema">Its schema; null: it takes none.</param>
    /// <param name="arguments">JSON; null: none are given.</param>
    /// <exception cref="RefusedException">They are no JSON object at all, or the DAG takes none.</exception>
    public static IReadOnlyList<ArgumentProblem> Problems(string dagId, JsonNode? schema, string? arguments) => Read(dagId, schema, arguments).Problems;

    private static (IReadOnlyList<ArgumentProblem> Problems, string? Kept) Read(string dagId, JsonNode? schema, string? arguments)
    {
        var none = string.IsNullOrWhiteSpace(arguments);
        if (schema is null)
            return none ? ([], null) : throw new RefusedException($"the DAG '{dagId}' takes no arguments; start it without");
        JsonNode? given;
        try
        {
            given = GivenJson.Parse(none ? "{}" : arguments!);
        }
        catch (JsonException e)
        {
            throw new RefusedException($"the arguments are not JSON: {e.Message}");
        }

        if (given is not JsonObject)
            throw new RefusedException("the arguments must be a JSON object, such as {\"days\": 3}");
        // The schema of the whole may allow null, or name no properties: what is given is an object all the same, of the fields that it has.
        var fields = new JsonObject { ["properties"] = schema["properties"]?.DeepClone() ?? new JsonObject(), ["required"] = schema["required"]?.DeepClone() };
        var check = new ArgumentCheck(schema);
        var kept = check.Keep("", fields, given);
        return (check.Wrong, none || check.Wrong.Count > 0 ? null : kept!.ToJsonString());
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
            return GivenJson.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    internal static KeyValuePair<string, JsonNode?>? Find(JsonObject properties, string name)
    {
        foreach (var property in properties)
        {
            if (string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase))
                return property;
        }

        return null;
    }

    /// <summary>The JSON types that a schema allows; empty: any.</summary>
    public static IReadOnlyList<string> Types(JsonNode property) => property["type"] switch
    {
        JsonArray several => [.. several.Select(type => (string)type!)],
        JsonValue one => [(string)one!],
        _ => [],
    };

    /// <summary>Numbers may be written as text, and their schema says so; then the text must be a number.</summary>
    internal static bool Fits(IReadOnlyList<string> types, JsonNode? value) =>
        IsNumber(types) && value?.GetValueKind() == JsonValueKind.String
            ? types.Contains("string") && (string)value! is var text && Number(text) is not null && (types.Contains("number") || IsWhole(text))
            : types.Any(type => Is(type, value));

    internal static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Written in the one way of its own: a whole number is often a key, and 1, 01 and 1.0 must not be three.</summary>
    private static bool IsWhole(string text) => Number(text) is { } number && decimal.Truncate(number).ToString(CultureInfo.InvariantCulture) == text;

    /// <summary>Whether they allow a number. Numbers may be written as text too, and their schema says so.</summary>
    public static bool IsNumber(IReadOnlyList<string> types) => types.Contains("integer") || types.Contains("number");

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) => true,
        ("array", JsonValueKind.Array) or ("number", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer", JsonValueKind.Number) => IsWhole(value!.ToJsonString()),
        _ => false,
    };

    internal static string Noun(string type) => type switch
    {
        "integer" => "a whole number", "number" => "a number", "string" => "a text", "boolean" => "true or false",
        "array" => "a list", "object" => "an object", _ => type,
    };

    internal static string Shown(JsonNode? value)
    {
        var text = value?.ToJsonString() ?? "null";
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
