using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Requests;

namespace Pipelines.Web.Views;

/// <summary>How an argument is typed.</summary>
internal enum FieldKind
{
    Text,
    Secret,
    Number,
    YesNo,
    Choice,
    Date,
    Moment,
    List,
    Json,
}

/// <summary>A field of a form that is drawn from a JSON Schema.</summary>
/// <param name="Path">Its name in the JSON: <c>region</c>, or <c>window.from</c> one level down.</param>
/// <param name="Label">For people.</param>
/// <param name="Kind">How it is typed.</param>
/// <param name="Schema">What it must be.</param>
internal sealed record ArgumentField(string Path, string Label, FieldKind Kind, JsonObject Schema)
{
    /// <summary>Its name in the form and in a prefilled address.</summary>
    public string Name => $"arg.{Path}";

    public string Id => $"arg-{Path}";

    public bool Nullable => RunArguments.Types(Schema).Contains("null") || (Schema["enum"] as JsonArray)?.Any(choice => choice is null) == true;

    public bool Whole => RunArguments.Types(Schema).Contains("integer");

    /// <summary>The group of a nested field; null: it stands at the top.</summary>
    public string? Group => Path.LastIndexOf('.') is > 0 and var dot ? Path[..dot] : null;

    public string? Description => Text("description");

    public string? Minimum => Text("minimum");

    public string? Maximum => Text("maximum");

    public IEnumerable<string> Choices => (Schema["enum"] as JsonArray ?? []).OfType<JsonNode>().Select(Plain);

    /// <summary>What it may be, beside its label: "1 to 90", "text, may be left empty".</summary>
    public string Hint
    {
        get
        {
            var what = Kind switch
            {
                FieldKind.Number when Minimum is not null && Maximum is not null => $"{Minimum} to {Maximum}",
                FieldKind.Number when Minimum is not null => $"{Minimum} or more",
                FieldKind.Number when Maximum is not null => $"{Maximum} or less",
                FieldKind.Number => Whole ? "a whole number" : "a number",
                FieldKind.List => "one a line",
                FieldKind.Json => "JSON",
                FieldKind.YesNo => "yes or no",
                FieldKind.Date => "a date",
                FieldKind.Moment => "a moment with offset",
                FieldKind.Secret => "not shown",
                _ => "",
            };
            return Nullable && Kind is not FieldKind.Choice ? (what.Length == 0 ? "" : what + ", ") + "empty: none" : what;
        }
    }

    /// <summary>A value as it is typed.</summary>
    public string Shown(JsonNode? value) => value switch
    {
        null => "",
        _ when Kind == FieldKind.Json => value.ToJsonString(Indented),
        JsonArray list when Kind == FieldKind.List => string.Join('\n', list.Select(Plain)),
        _ when Kind == FieldKind.Date && Plain(value) is { Length: > 10 } moment => moment[..10],
        _ => Plain(value),
    };

    /// <summary>The JSON of what was typed.</summary>
    /// <param name="texts">The fields of its name.</param>
    /// <param name="given">False: it is left out, and has its default.</param>
    public JsonNode? Read(IReadOnlyList<string> texts, out bool given)
    {
        var text = texts.Count == 0 ? "" : texts[^1];
        given = true;
        switch (Kind)
        {
            case FieldKind.YesNo:
                given = texts.Count > 0;
                return text switch { "true" => true, "false" => false, _ => null };
            case FieldKind.List:
                return List(text);
            case FieldKind.Json:
                given = text.Trim().Length > 0;
                return Json(text);
            case FieldKind.Text or FieldKind.Secret when !Nullable:
                return text;
            case FieldKind.Choice:
                given = texts.Count > 0 && (text.Length > 0 || Nullable);
                return text.Length == 0 ? null : (Schema["enum"] as JsonArray ?? []).OfType<JsonNode>().FirstOrDefault(choice => Plain(choice) == text)?.DeepClone() ?? JsonValue.Create(text);
            default:
                given = text.Length > 0 || Nullable;
                return text.Length == 0 ? null : Kind == FieldKind.Number ? Json(text.Trim()) : JsonValue.Create(text);
        }
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private JsonArray List(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var isText = (Schema["items"] as JsonObject) is { } items && RunArguments.Types(items) is var types && types.Contains("string") && !RunArguments.IsNumber(types) || Schema["items"]?["enum"] is not null;
        return new JsonArray([.. lines.Select(line => isText ? JsonValue.Create(line) : Json(line))]);
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return GivenJson.Parse(text.Length == 0 ? "null" : text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private string? Text(string name) => Schema[name] is JsonValue value ? Plain(value) : null;

    private static string Plain(JsonNode? value) => value is null ? "" : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
}

/// <summary>A form for what a JSON Schema describes: a field for each property and one level of objects; what is deeper is typed as JSON.</summary>
internal static class ArgumentFields
{
    /// <summary>The store does not keep the order of properties: what takes a line first, then what takes several, then what has parts.</summary>
    public static IReadOnlyList<ArgumentField> Of(JsonNode? schema) =>
        [.. Of(schema, "", nested: false).OrderBy(field => field.Group is not null ? 2 : field.Kind is FieldKind.List or FieldKind.Json ? 1 : 0).ThenBy(field => field.Group, StringComparer.Ordinal)];

    /// <summary>The JSON of what was typed; fields that are left empty and have a default are left out.</summary>
    public static JsonObject Read(IReadOnlyList<ArgumentField> fields, Func<string, IReadOnlyList<string>> typed)
    {
        var all = new JsonObject();
        foreach (var field in fields)
        {
            var value = field.Read(typed(field.Name), out var given);
            if (!given)
                continue;
            var parts = field.Path.Split('.');
            var at = all;
            foreach (var part in parts[..^1])
                at = at[part] as JsonObject ?? (JsonObject)(at[part] = new JsonObject());
            at[parts[^1]] = value;
        }

        return all;
    }

    /// <summary>The value of a path; null: there is none.</summary>
    public static JsonNode? At(JsonNode? value, string path) => path.Split('.').Aggregate(value, (node, part) => node is JsonObject fields ? Find(fields, part) : null);

    /// <summary>What a run gets that is told nothing.</summary>
    public static JsonObject Defaults(JsonNode? schema)
    {
        var all = new JsonObject();
        foreach (var (name, property) in schema?["properties"] as JsonObject ?? [])
        {
            if (property is JsonObject known && known.TryGetPropertyValue("default", out var value))
                all[name] = value?.DeepClone();
        }

        return all;
    }

    private static IEnumerable<ArgumentField> Of(JsonNode? schema, string path, bool nested)
    {
        foreach (var (name, property) in schema?["properties"] as JsonObject ?? [])
        {
            var known = property as JsonObject ?? [];
            var full = path + name;
            if (!nested && !name.Contains('.', StringComparison.Ordinal) && Kind(known) == FieldKind.Json && known["properties"] is JsonObject inner && inner.Count > 0
                && !RunArguments.Types(known).Contains("null") && inner.All(one => !one.Key.Contains('.', StringComparison.Ordinal)))
            {
                foreach (var field in Of(known, full + ".", nested: true))
                    yield return field;
                continue;
            }

            yield return new ArgumentField(full, name, Kind(known), known);
        }
    }

    private static FieldKind Kind(JsonObject schema)
    {
        if (schema["enum"] is JsonArray)
            return FieldKind.Choice;
        if (schema["anyOf"] is not null || schema["$ref"] is not null)
            return FieldKind.Json;
        var types = RunArguments.Types(schema).Where(type => type != "null").ToList();
        if (RunArguments.IsNumber(types))
            return FieldKind.Number;
        return types switch
        {
            ["boolean"] => FieldKind.YesNo,
            ["string"] => (string?)schema["format"] switch { "date" => FieldKind.Date, "date-time" => FieldKind.Moment, "password" => FieldKind.Secret, _ => FieldKind.Text },
            ["array"] => schema["items"] is JsonObject items && (items["enum"] is not null || Kind(items) is FieldKind.Text or FieldKind.Number or FieldKind.Date or FieldKind.Moment) ? FieldKind.List : FieldKind.Json,
            _ => FieldKind.Json,
        };
    }

    private static JsonNode? Find(JsonObject fields, string name) =>
        fields.TryGetPropertyValue(name, out var value) ? value : fields.FirstOrDefault(field => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
}
