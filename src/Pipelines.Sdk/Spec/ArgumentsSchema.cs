using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Pipelines;

/// <summary>The JSON Schema of what people give: a DAG's run arguments, a signal, the form of an approval. Forms are drawn from it.</summary>
internal static class ArgumentsSchema
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Describe,
    };

    /// <summary>Null: the DAG takes no arguments. Each property carries, as its default, the value that a run gets which leaves it out.</summary>
    public static JsonNode? Of(Dag dag) => dag.ArgumentsType is { } type ? WithDefaults(type) : null;

    /// <summary>The same of any type.</summary>
    public static JsonNode Of(Type type) => IsObject(type) ? WithDefaults(type) : Plain(type);

    private static bool IsObject(Type type) => Plain(type)["properties"] is JsonObject;

    private static JsonObject Plain(Type type)
    {
        OutputJson.Options.MakeReadOnly(populateMissingResolver: true);
        return OutputJson.Options.GetJsonSchemaAsNode(type, Exporter) is JsonObject schema ? schema : [];
    }

    private static JsonNode WithDefaults(Type type)
    {
        OutputJson.Options.MakeReadOnly(populateMissingResolver: true);
        var schema = OutputJson.Options.GetJsonSchemaAsNode(type, Exporter);
        if (schema["properties"] is not JsonObject properties
            || JsonSerializer.Deserialize("{}", type, OutputJson.Options) is not { } unset
            || JsonSerializer.SerializeToNode(unset, type, OutputJson.Options) is not JsonObject defaults)
            return schema;
        foreach (var (name, value) in defaults)
        {
            if (!properties.ContainsKey(name))
                continue;
            if (properties[name] is not JsonObject property)
                properties[name] = property = []; // the schema "true": any value
            property["default"] = value?.DeepClone();
        }

        return schema;
    }

    private static JsonNode Describe(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject described || context.PropertyInfo is not { } property)
            return schema;
        // Of a record's positional member the attribute stands on the constructor's parameter.
        foreach (var attribute in (object[])[.. property.AttributeProvider?.GetCustomAttributes(false) ?? [], .. property.AssociatedParameter?.AttributeProvider?.GetCustomAttributes(false) ?? []])
            Describe(described, attribute);
        return schema;
    }

    /// <summary>What an author says of an argument with the attributes that .NET has for that.</summary>
    private static void Describe(JsonObject schema, object attribute)
    {
        switch (attribute)
        {
            case DescriptionAttribute description:
                schema["description"] = description.Description;
                break;
            case RangeAttribute range:
                if (Number(range.Minimum) is { } least)
                    schema["minimum"] = least;
                if (Number(range.Maximum) is { } most)
                    schema["maximum"] = most;
                break;
            case StringLengthAttribute length:
                (schema["minLength"], schema["maxLength"]) = (length.MinimumLength, length.MaximumLength);
                break;
            case RegularExpressionAttribute expression:
                schema["pattern"] = $"^(?:{expression.Pattern})$";
                break;
            case AllowedValuesAttribute allowed:
                schema["enum"] = new JsonArray([.. allowed.Values.Select(value => JsonSerializer.SerializeToNode(value, OutputJson.Options))]);
                break;
        }
    }

    private static JsonNode? Number(object? bound) => bound switch
    {
        int whole => whole,
        double number when double.IsFinite(number) => number,
        _ => null,
    };
}
