using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Pipelines.Engine.Loading;

/// <summary>The JSON Schema of a DAG's run arguments: what the trigger form is drawn from.</summary>
internal static class ArgumentsSchema
{
    private static readonly JsonSchemaExporterOptions Exporter = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = Describe,
    };

    /// <summary>Null: the DAG takes no arguments. Each property carries, as its default, the value that a run gets which leaves it out.</summary>
    public static JsonNode? Of(Dag dag)
    {
        if (dag.ArgumentsType is not { } type)
            return null;
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
        var text = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            .OfType<DescriptionAttribute>().FirstOrDefault()?.Description;
        if (text is not null && schema is JsonObject described)
            described["description"] = text;
        return schema;
    }
}
