using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pipelines.Engine.Requests;

namespace Pipelines.Web.Api;

/// <summary>A value of any shape in a body: what is wrong within it is told as what is wrong around it.</summary>
/// <remarks>The serializer's own reading of it ends in an <see cref="ArgumentException"/> where a name comes twice, whatever AllowDuplicateProperties says (.NET 10).</remarks>
internal sealed class GivenNode<T> : JsonConverter<T>
    where T : JsonNode
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var given = JsonDocument.ParseValue(ref reader);
        return GivenJson.Parse(given.RootElement.GetRawText()) as T ?? throw new JsonException("it must be an object");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => value.WriteTo(writer, options);
}
