using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Codecs;

/// <summary>
/// What this process writes is encoded, where it has a codec; what it reads says by itself whether it is: plain payloads and those of several keys lie side by side. In the place of what was
/// encoded stands <c>{"$enc": "aes-256-gcm", "key": "...", "data": "base64"}</c>, of which everybody may see the name of the key. It is not bound to its place: a fork, a child run and the run that
/// continues another one take it along as it is.
/// </summary>
/// <param name="codec">Null: nothing is encoded here, and what is cannot be read.</param>
public sealed class Payloads(IPayloadCodec? codec)
{
    public static readonly Payloads None = new(null);

    private const string Mark = "$enc";

    private static ReadOnlySpan<byte> Sign => "\"$enc\""u8;

    /// <summary>Whether what is written here is encoded.</summary>
    public bool Encodes => codec is not null;

    /// <summary>Whether what cannot be read is shown to people as a text that says so, and not handed on as it is to somebody who may be able to.</summary>
    public bool ForPeople { get; init; }

    /// <summary>A payload as it is stored. What is null stays so: nothing is not a secret.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="shape">Null: as one.</param>
    [return: NotNullIfNotNull(nameof(json))]
    public byte[]? Encode(byte[]? json, PayloadShape? shape = null)
    {
        shape ??= PayloadShape.Whole;
        if (codec is null || json is null || shape.IsPlain || json.AsSpan().SequenceEqual("null"u8))
            return json;
        if (json.AsSpan().IndexOf(Sign) >= 0 && IsEncoded(JsonNode.Parse(json)))
            return json;                                                  // by who has sent it
        return shape is { ByElement: false, ByField: false }
            ? JsonSerializer.SerializeToUtf8Bytes(Envelope(json))
            : JsonSerializer.SerializeToUtf8Bytes(Encode(JsonNode.Parse(json), shape));
    }

    /// <inheritdoc cref="Encode(byte[], PayloadShape)"/>
    [return: NotNullIfNotNull(nameof(json))]
    public string? Encode(string? json, PayloadShape? shape = null) =>
        codec is null || json is null ? json : Encoding.UTF8.GetString(Encode(Encoding.UTF8.GetBytes(json), shape));

    /// <summary>A payload as it was before it was stored.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="what">What it is, to begin an error with: <c>the run's arguments</c>.</param>
    /// <exception cref="PayloadKeyException">It is encoded with a key that this process has not got.</exception>
    /// <exception cref="FailTaskException">It cannot be decoded with the key that it names.</exception>
    [return: NotNullIfNotNull(nameof(json))]
    public byte[]? Decode(byte[]? json, string what)
    {
        if (json is null || json.AsSpan().IndexOf(Sign) < 0)
            return json;
        var node = JsonNode.Parse(json);
        return Part(node) is { } whole ? Decode(whole, what)
            : JsonSerializer.SerializeToUtf8Bytes(Replaced(node, part => JsonNode.Parse(Decode(part, what))));
    }

    /// <inheritdoc cref="Decode(byte[], string)"/>
    [return: NotNullIfNotNull(nameof(json))]
    public string? Decode(string? json, string what) => MayBeEncoded(json) ? Encoding.UTF8.GetString(Decode(Encoding.UTF8.GetBytes(json), what)) : json;

    /// <summary>A payload for whoever asks to see it: what cannot be read here stays as it is, or is told.</summary>
    [return: NotNullIfNotNull(nameof(json))]
    public string? Read(string? json)
    {
        if (!MayBeEncoded(json))
            return json;
        var read = Replaced(JsonNode.Parse(json), part =>
        {
            try
            {
                return JsonNode.Parse(Decode(part, "it"));
            }
            catch (PipelinesException)
            {
                return null;
            }
        })!.ToJsonString();
        return ForPeople ? Shown(read) : read;
    }

    /// <summary>For people: with "encrypted" in the place of what is.</summary>
    [return: NotNullIfNotNull(nameof(json))]
    public static string? Shown(string? json) =>
        MayBeEncoded(json) ? Replaced(JsonNode.Parse(json), part => JsonValue.Create($"encrypted with key {part.Key}"))!.ToJsonString() : json;

    /// <summary>Whether a value, as a whole, is what a codec made.</summary>
    public static bool IsEncoded(JsonNode? value) => Part(value) is not null;

    /// <summary>Whether a payload is encoded, as a whole or in part.</summary>
    public static bool HasEncoded([NotNullWhen(true)] string? json)
    {
        var found = false;
        if (MayBeEncoded(json))
        {
            Replaced(JsonNode.Parse(json), part =>
            {
                found = true;
                return null;
            });
        }

        return found;
    }

    /// <summary>Somebody else has encoded what the engine has to look at.</summary>
    /// <exception cref="RefusedException">It is so.</exception>
    public static void RefuseKeys(string dagId, IReadOnlyList<string> keys, string? arguments)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count == 0 || !MayBeEncoded(arguments) || JsonNode.Parse(arguments) is not JsonObject fields)
            return;
        if (IsEncoded(fields))
            throw new RefusedException($"the arguments are encrypted as a whole, and the engine groups the work of the DAG '{dagId}' by '{keys[0]}'. Take them through a task of the DAG that starts the run, which returns them");
        if (fields.FirstOrDefault(field => keys.Contains(field.Key, StringComparer.OrdinalIgnoreCase) && IsEncoded(field.Value)).Key is { } name)
            throw new RefusedException($"the argument '{name}' is encrypted, and the engine groups the work of the DAG '{dagId}' by it. Send it in plain text: by something else than a secret");
    }

    /// <summary>Somebody else has encoded a signal as one, of which the engine has to look at a part.</summary>
    /// <exception cref="RefusedException">It is so.</exception>
    public static void RefuseSignal(string name, PayloadShape shape, string? payload)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (!MayBeEncoded(payload) || shape is { IsPlain: false, ByElement: false, ByField: false })
            return;
        var node = JsonNode.Parse(payload);
        if (shape.IsPlain || IsEncoded(node) || node is JsonObject fields && fields.Any(field => shape.PlainFields.Contains(field.Key, StringComparer.OrdinalIgnoreCase) && IsEncoded(field.Value)))
            throw new RefusedException($"the signal '{name}' is encrypted, and the DAG decides by what it carries, maps over it, or groups work by it. Send it in plain text, or with this version of the program, which leaves plain what must be");
    }

    private static bool MayBeEncoded([NotNullWhen(true)] string? json) => json?.Contains("\"$enc\"", StringComparison.Ordinal) == true;

    private JsonNode? Encode(JsonNode? node, PayloadShape shape) => node switch
    {
        null => null,
        JsonArray list when shape.ByElement => new JsonArray([.. list.Select(element => Field(element, shape))]),
        _ => Field(node, shape),
    };

    private JsonObject? Field(JsonNode? node, PayloadShape shape)
    {
        if (node is not JsonObject fields || !shape.ByField)
            return Sealed(node);
        var kept = new JsonObject();
        foreach (var (name, value) in fields)
            kept[name] = shape.PlainFields.Contains(name, StringComparer.OrdinalIgnoreCase) ? value?.DeepClone() : Sealed(value);
        return kept;
    }

    private JsonObject? Sealed(JsonNode? node) => node is null ? null : IsEncoded(node) ? (JsonObject)node.DeepClone() : Envelope(JsonSerializer.SerializeToUtf8Bytes(node));

    private JsonObject Envelope(byte[] json)
    {
        var (key, data) = codec!.Encode(json);
        return new JsonObject { [Mark] = codec.Name, ["key"] = key, ["data"] = Convert.ToBase64String(data) };
    }

    private byte[] Decode((string Codec, string Key, string Data) part, string what)
    {
        if (codec is null)
            throw new PayloadKeyException($"{what} cannot be read: encrypted with key '{part.Key}', and this process has no keys. Set PIPELINES_PAYLOAD_KEYS to the key ring that has it; nothing is lost.");
        if (part.Codec != codec.Name)
            throw new PayloadKeyException($"{what} cannot be read: encrypted by the codec '{part.Codec}' with key '{part.Key}', and this process has '{codec.Name}'. Give it that codec; nothing is lost.");
        try
        {
            return codec.Decode(part.Key, Convert.FromBase64String(part.Data));
        }
        catch (PayloadKeyException e)
        {
            throw new PayloadKeyException($"{what} cannot be read: {e.Message}; nothing is lost.");
        }
        catch (Exception e)
        {
            throw new FailTaskException($"{what} cannot be read: what is stored does not open with key '{part.Key}', so it was changed, or the key was ({e.GetType().Name}). It is left as it is.");
        }
    }

    private static (string Codec, string Key, string Data)? Part(JsonNode? value) =>
        value is JsonObject { Count: 3 } node && Text(node[Mark]) is { } codec && Text(node["key"]) is { } key && Text(node["data"]) is { } data ? (codec, key, data) : null;

    private static string? Text(JsonNode? value) => value is JsonValue text && text.TryGetValue<string>(out var known) ? known : null;

    /// <param name="node">Where.</param>
    /// <param name="with">What stands for a part; null: it stays.</param>
    private static JsonNode? Replaced(JsonNode? node, Func<(string Codec, string Key, string Data), JsonNode?> with)
    {
        switch (node)
        {
            case JsonObject when Part(node) is { } part:
                return with(part) ?? node.DeepClone();
            case JsonObject fields:
                return new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Replaced(field.Value, with))));
            case JsonArray list:
                return new JsonArray([.. list.Select(element => Replaced(element, with))]);
            default:
                return node?.DeepClone();
        }
    }
}
