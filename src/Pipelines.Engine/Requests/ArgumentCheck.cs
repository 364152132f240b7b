using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipelines.Engine.Codecs;

namespace Pipelines.Engine.Requests;

/// <summary>Something in arguments that does not fit their schema.</summary>
/// <param name="Path">Where: <c>window.from</c>, <c>regions[2]</c>; empty: the whole.</param>
/// <param name="Text">What, naming the argument.</param>
/// <param name="Beside">What, for beside its field.</param>
public sealed record ArgumentProblem(string Path, string Text, string Beside);

/// <summary>
/// Checks a value against a JSON Schema, field by field, with sentences for people. It knows what the schemas of DAG arguments use: type, enum, const, bounds, lengths, pattern,
/// format, items, properties, required, additionalProperties, anyOf and references within the schema. What it does not know it lets through.
/// </summary>
/// <param name="root">The whole schema.</param>
/// <param name="noun">What a value is called.</param>
internal sealed class ArgumentCheck(JsonNode root, string noun = "argument")
{
    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(100);
    private readonly List<ArgumentProblem> _wrong = [];

    /// <summary>What does not fit, a sentence a field.</summary>
    public IReadOnlyList<ArgumentProblem> Wrong => _wrong;

    /// <summary>The value as it is kept: fields under the names that the schema has for them.</summary>
    public JsonNode? Keep(string path, JsonNode? schema, JsonNode? value)
    {
        schema = Resolved(schema);
        if (schema is not JsonObject known || Payloads.IsEncoded(value))
            return value?.DeepClone();                                    // "true": any value; and what is encrypted was checked by who did that
        if (known["anyOf"] is JsonArray any)
            return KeepAny(path, any, value);
        if (Mismatch(known, value) is { } mismatch)
        {
            _wrong.Add(new(path, $"{Named(path)} is {RunArguments.Shown(value)}; it must be {mismatch}", $"It must be {mismatch}."));
            return null;
        }

        return value switch
        {
            JsonObject fields => KeepFields(path, known, fields),
            JsonArray list when known["items"] is { } items => new JsonArray([.. list.Select((one, i) => Keep($"{path}[{i}]", items, one))]),
            _ => value?.DeepClone(),
        };
    }

    private JsonNode? KeepAny(string path, JsonArray any, JsonNode? value)
    {
        var tries = any.Select(one => (Check: new ArgumentCheck(root, noun), Schema: one)).Select(one => (one.Check, Kept: one.Check.Keep(path, one.Schema, value))).ToList();
        if (tries.FirstOrDefault(one => one.Check.Wrong.Count == 0) is { Check: not null } fits)
            return fits.Kept;
        _wrong.AddRange(tries.Where(one => one.Check.Wrong.Count > 0).OrderBy(one => one.Check.Wrong.Count).First().Check.Wrong);
        return null;
    }

    private JsonObject KeepFields(string path, JsonObject schema, JsonObject fields)
    {
        var properties = schema["properties"] as JsonObject;
        var kept = new JsonObject();
        foreach (var (name, value) in fields)
        {
            if (RunArguments.Find(properties ?? [], name) is { } property)
                kept[property.Key] = Keep(Join(path, property.Key), property.Value, value);
            else if (properties is null || schema["additionalProperties"] is JsonObject or JsonValue and not null && schema["additionalProperties"]!.GetValueKind() != JsonValueKind.False)
                kept[name] = Keep(Join(path, name), schema["additionalProperties"], value);
            else
                Unknown(path, name, [.. properties.Select(p => p.Key)]);
        }

        foreach (var missing in (schema["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => RunArguments.Find(fields, name) is null))
        {
            var wanted = Wanted(Resolved(properties?[missing]) as JsonObject);
            _wrong.Add(new(Join(path, missing), $"{Named(Join(path, missing))} is missing; it must be {wanted}", $"It is missing; it must be {wanted}."));
        }

        return kept;
    }

    private void Unknown(string path, string name, List<string> known)
    {
        var text = (path.Length == 0 ? "" : $"in {Named(path)} ") + UnknownName.Message(path.Length == 0 ? noun : "field", name, known);
        _wrong.Add(new(path, text, text));
    }

    private static string? Mismatch(JsonObject schema, JsonNode? value)
    {
        if (schema["enum"] is JsonArray choices && !choices.Any(choice => JsonNode.DeepEquals(choice, value)))
            return Wanted(schema);
        if (schema.TryGetPropertyValue("const", out var constant) && !JsonNode.DeepEquals(constant, value))
            return RunArguments.Shown(constant);
        if (RunArguments.Types(schema) is { Count: > 0 } types && !RunArguments.Fits(types, value))
            return Wanted(schema);
        return value?.GetValueKind() switch
        {
            JsonValueKind.Number => Bounds(schema, RunArguments.Number(value.ToJsonString())),
            JsonValueKind.String when RunArguments.IsNumber(RunArguments.Types(schema)) => Bounds(schema, RunArguments.Number((string)value!)),
            JsonValueKind.String => Text(schema, (string)value!),
            JsonValueKind.Array => Size(schema, "minItems", "maxItems", ((JsonArray)value).Count, "element"),
            _ => null,
        };
    }

    private static string? Bounds(JsonObject schema, decimal? number)
    {
        decimal? Limit(string name) => schema[name] is JsonValue limit ? RunArguments.Number(limit.ToJsonString()) : null;
        return number is not { } given ? null
            : given < Limit("minimum") ? $"{Shown(Limit("minimum"))} or more"
            : given > Limit("maximum") ? $"{Shown(Limit("maximum"))} or less"
            : given <= Limit("exclusiveMinimum") ? $"more than {Shown(Limit("exclusiveMinimum"))}"
            : given >= Limit("exclusiveMaximum") ? $"less than {Shown(Limit("exclusiveMaximum"))}"
            : null;
    }

    private static string? Text(JsonObject schema, string text)
    {
        if (Size(schema, "minLength", "maxLength", text.Length, "character") is { } size)
            return size;
        if ((string?)schema["format"] is { } format && Format(format, text) is { } form)
            return form;
        if ((string?)schema["pattern"] is not { } pattern)
            return null;
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, PatternTime) ? null : $"a text like {pattern}";
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            return null;                                                  // a pattern that cannot be held against a text refuses nothing
        }
    }

    private static string? Format(string format, string text) => format switch
    {
        "date" when !DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) => "a date such as 2026-01-31",
        "date-time" when !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _) || text.Length < 16 || text[4] != '-' =>
            "a moment such as 2026-01-31T08:30:00Z",
        "time" when !TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out _) => "a time such as 08:30:00",
        "uuid" when !Guid.TryParseExact(text, "D", out _) => "a UUID such as 6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "uri" when !Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _) => "an address such as https://example.org/data",
        _ => null,
    };

    private static string? Size(JsonObject schema, string least, string most, int size, string noun) =>
        schema[least] is JsonValue min && size < (int)min ? $"{min} {noun}{((int)min == 1 ? "" : "s")} or more"
        : schema[most] is JsonValue max && size > (int)max ? $"{max} {noun}{((int)max == 1 ? "" : "s")} or fewer"
        : null;

    private static string Wanted(JsonObject? schema)
    {
        if (schema?["enum"] is JsonArray choices)
            return $"one of {string.Join(", ", choices.Select(RunArguments.Shown))}";
        var types = schema is null ? [] : RunArguments.Types(schema);
        var wanted = RunArguments.IsNumber(types) ? types.Where(type => type != "string") : types;
        return types.Count == 0 ? "given" : string.Join(" or ", wanted.Select(RunArguments.Noun));
    }

    /// <summary>A reference points into the schema itself: "#/properties/next".</summary>
    private JsonNode? Resolved(JsonNode? schema)
    {
        for (var hops = 0; hops < 20 && (schema as JsonObject)?["$ref"] is JsonValue reference && (string?)reference is ['#', .. var pointer]; hops++)
            schema = pointer.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate<string, JsonNode?>(root, (node, step) =>
                node is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)] : node?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)]);
        return schema;
    }

    private static string Shown(decimal? limit) => limit?.ToString(CultureInfo.InvariantCulture) ?? "";

    private string Named(string path) => path.Length == 0 ? "it" : $"{noun} '{path}'";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
