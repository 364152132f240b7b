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
        Converters = { new JsonStringEnumConverter() },
    };

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
        if (json.AsSpan().IndexOf("\\u0000"u8) >= 0)
            throw new FailTaskException("The output holds the character U+0000, which the database's JSON cannot hold. Remove it.");
        return json;
    }
}
