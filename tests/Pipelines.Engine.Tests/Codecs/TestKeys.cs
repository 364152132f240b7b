using System.Text;
using Pipelines.Engine.Codecs;

namespace Pipelines.Engine.Tests.Codecs;

/// <summary>A key ring in a file of its own.</summary>
public sealed class TestKeys : IDisposable
{
    public TestKeys(int keys = 1)
    {
        for (var i = 0; i < keys; i++)
            Add();
    }

    public string Path { get; } = System.IO.Path.GetTempFileName();

    public List<(string Name, string Line)> Made { get; } = [];

    public Payloads Payloads() => new(new AesGcmCodec(Path));

    public void Add()
    {
        Made.Add(PayloadKeyRing.Make(new DateOnly(2026, 11, 1)));
        Write([.. Made.Select(key => key.Line)]);
    }

    /// <summary>With another time, so that who looks at the file sees that it is another one.</summary>
    public void Write(params string[] lines)
    {
        File.WriteAllLines(Path, lines);
        File.SetLastWriteTimeUtc(Path, DateTime.UnixEpoch.AddSeconds(Random.Shared.Next()));
    }

    public static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    public static string Text(byte[]? json) => Encoding.UTF8.GetString(json!);

    public void Dispose() => File.Delete(Path);
}

/// <summary>Turns the bytes round, under the key of its name; other keys are missing.</summary>
public sealed class TurningCodec(string mine) : IPayloadCodec
{
    public TurningCodec()
        : this("k1")
    {
    }

    public string Name => "turning";

    public EncodedPayload Encode(ReadOnlySpan<byte> json) => new(mine, [.. json.ToArray().Reverse()]);

    public byte[] Decode(string key, ReadOnlySpan<byte> data) =>
        key == mine ? [.. data.ToArray().Reverse()] : throw new PayloadKeyException($"there is no key '{key}'");
}
