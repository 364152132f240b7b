using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pipelines;

/// <summary>How outputs and arguments become JSON: camel case, enums by name, fields of tuples included.</summary>
internal static class OutputJson
{
    /// <summary>An output larger than this is an error; a large result belongs into a store of its own, its address into the output.</summary>
    public const int MaxBytes = 1024 * 1024;

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        IncludeFields = true,
        // PostgreSQL's jsonb puts short names first: "$type" may come behind "id".
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <exception cref="FailTaskException">It is not what the type can hold.</exception>
    public static T Read<T>(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options)!;
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or InvalidOperationException)
        {
            throw new FailTaskException($"What was kept cannot be read as {typeof(T).Name}: {e.Message}");
        }
    }

    public static byte[] Write<T>(T value)
    {
        byte[] json;
        try
        {
            json = JsonSerializer.SerializeToUtf8Bytes(value, Options);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException or ArgumentException or InvalidOperationException)
        {
            throw new FailTaskException($"The output of type {typeof(T).Name} cannot be written as JSON: {e.Message}");
        }

        if (json.Length > MaxBytes)
            throw new FailTaskException(
                $"The output is {json.Length:N0} bytes of JSON; the limit is {MaxBytes:N0}. " +
                "Write the data to a file or table and return its address.");
        if (HoldsNull(json))
            throw new FailTaskException("The output holds the character U+0000, which the database's JSON cannot hold. Remove it.");
        return json;
    }

    /// <summary>An escape after an even number of backslashes is one; after an odd number it is a text that shows one.</summary>
    private static bool HoldsNull(ReadOnlySpan<byte> json)
    {
        for (int found; (found = json.IndexOf("\\u0000"u8)) >= 0; json = json[(found + 6)..])
        {
            var before = json[..found];
            if ((before.Length - before.TrimEnd((byte)'\\').Length) % 2 == 0)
                return true;
        }

        return false;
    }
}
