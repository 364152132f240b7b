using System.Globalization;
using System.Security.Cryptography;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Codecs;

/// <summary>
/// Keys for payloads, the newest last: a line a key, its name and its 32 bytes as base64; what begins with # is a remark. A name ends with a part of the key's own hash, so that a key that was
/// damaged, or confused with another one, is found out when the ring is read and not when a payload does not open.
/// </summary>
public sealed class PayloadKeyRing
{
    private const int KeyBytes = 32;
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>Their names, the oldest first.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The name of the key that encodes.</summary>
    public string Newest => _names[^1];

    /// <summary>The key of a name; null: it is not in the ring.</summary>
    internal byte[]? Find(string name) => _keys.GetValueOrDefault(name);

    /// <param name="path">The file.</param>
    /// <exception cref="RefusedException">It cannot be read, or is no key ring; the message says where and what to do.</exception>
    public static PayloadKeyRing Load(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RefusedException($"there is no key ring at {path}. Make one with `pipelines keys new {path}`, or put back the one that was there: what it has encrypted opens with nothing else");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"the key ring {path} cannot be read: {e.Message.TrimEnd('.')}");
        }

        var ring = new PayloadKeyRing();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is { Length: > 0 } line && line[0] != '#')
                ring.Take(line, string.Create(CultureInfo.InvariantCulture, $"line {i + 1} of the key ring {path}"));
        }

        return ring._names.Count > 0 ? ring : throw new RefusedException($"the key ring {path} has no key. Make one with `pipelines keys add {path}`");
    }

    /// <summary>A new key as a line of a ring, and its name.</summary>
    /// <param name="day">Begins its name.</param>
    public static (string Name, string Line) Make(DateOnly day)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var name = string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}-{Print(key)}");
        return (name, $"{name} {Convert.ToBase64String(key)}");
    }

    private void Take(string line, string where)
    {
        var parts = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var key = new byte[KeyBytes];
        if (parts is not [var name, var text] || !Convert.TryFromBase64String(text, key, out var length) || length != KeyBytes)
            throw new RefusedException($"{where} is no key: it must be a name and 32 bytes as base64. Put the line back as `pipelines keys` wrote it");
        if (!name.EndsWith($"-{Print(key)}", StringComparison.Ordinal))
            throw new RefusedException($"{where} is not the key '{name}' but another one, or a damaged one: its hash does not fit its name. Put the line back as `pipelines keys` wrote it");
        if (_keys.TryAdd(name, key))
            _names.Add(name);
    }

    /// <summary>Tells keys apart and gives nothing of them away: 32 bits of a hash of 256 random ones.</summary>
    private static string Print(byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, "pipelines payload key"u8).AsSpan(0, 4));
}
