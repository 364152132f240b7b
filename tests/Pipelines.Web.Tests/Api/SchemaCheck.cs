using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Web.Tests.Api;

/// <summary>Holds a value against a schema of an OpenAPI document, in the words of JSON Schema that the document uses. A word that it does not know is an error.</summary>
internal sealed class SchemaCheck(JsonNode document)
{
    private static readonly string[] Remarks = ["description", "examples", "default", "title", "pattern"];

    /// <summary>What does not fit, a line each.</summary>
    public List<string> Wrong { get; } = [];

    public void Check(string path, JsonNode? schema, JsonNode? value)
    {
        foreach (var (word, rule) in schema!.AsObject())
        {
            var fits = word switch
            {
                "$ref" => Followed(path, (string)rule!, value),
                "oneOf" => OneOf(path, rule!.AsArray(), value),
                "type" => (rule is JsonArray types ? types.Select(type => (string)type!) : [(string)rule!]).Any(type => Is(type, value)),
                "enum" => rule!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
                "format" => value is null || value.GetValueKind() != JsonValueKind.String || Formatted((string)rule!, (string)value!),
                "required" => value is not JsonObject o || rule!.AsArray().All(name => o.ContainsKey((string)name!)),
                "properties" => Fields(path, rule!.AsObject(), value),
                "additionalProperties" => rule!.GetValueKind() != JsonValueKind.False || value is not JsonObject o || o.All(field => schema["properties"]?[field.Key] is not null),
                "items" => Items(path, rule, value),
                _ when Remarks.Contains(word) => true,
                _ => throw new InvalidOperationException($"{path}: the checker does not know '{word}'."),
            };
            if (!fits)
                Wrong.Add($"{path}: {value?.ToJsonString() ?? "null"} does not keep to {word} {rule?.ToJsonString()}");
        }
    }

    private bool Followed(string path, string reference, JsonNode? value)
    {
        Check(path, reference[2..].Split('/').Aggregate(document, (node, step) => node[step]!), value);
        return true;
    }

    private bool OneOf(string path, JsonArray choices, JsonNode? value) => choices.Count(choice =>
    {
        var check = new SchemaCheck(document);
        check.Check(path, choice, value);
        return check.Wrong.Count == 0;
    }) == 1;

    private bool Fields(string path, JsonObject properties, JsonNode? value)
    {
        foreach (var (name, field) in value as JsonObject ?? [])
        {
            if (properties[name] is { } property)
                Check($"{path}.{name}", property, field);
        }

        return true;
    }

    private bool Items(string path, JsonNode? schema, JsonNode? value)
    {
        foreach (var (i, item) in (value as JsonArray ?? []).Index())
            Check($"{path}[{i}]", schema, item);
        return true;
    }

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => decimal.IsInteger(decimal.Parse(value!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture)),
        _ => false,
    };

    private static bool Formatted(string format, string text) => format switch
    {
        "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) && at.Offset == TimeSpan.Zero,
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        _ => true,
    };
}
