using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Secrets that bodies of this process have been given: they are masked in logs and errors before these are stored. Only a safety
/// net: what a body changes (encodes, cuts) is not recognised.
/// </summary>
public static partial class Mask
{
    private const string Stars = "***";

    /// <summary>A shorter one is part of too many harmless words.</summary>
    private const int Shortest = 6;

    private static readonly ConcurrentDictionary<string, bool> Known = new(StringComparer.Ordinal);
    private static string[] _longestFirst = [];

    /// <summary>Masks this value from now on.</summary>
    public static void Add(string secret)
    {
        if (secret.Length < Shortest || Known.ContainsKey(secret))
            return;
        lock (Known)                                              // of two at once the second one's list has both
        {
            if (Known.TryAdd(secret, true))
                Volatile.Write(ref _longestFirst, [.. Known.Keys.OrderByDescending(known => known.Length)]);
        }
    }

    /// <summary>Masks the passwords of a connection string: of key=value pairs, or of a URL. Where none is to be seen, such as in a token or the address of a webhook, it is a secret as a whole.</summary>
    public static void AddOfConnection(string connection)
    {
        var found = Password().Matches(connection);
        if (found.Count == 0)
            Add(connection);
        foreach (Match match in found)
        {
            var value = match.Groups["v"].Value.Trim('"', '\'');
            Add(value);
            Add(Uri.UnescapeDataString(value));
        }
    }

    /// <summary>The text with its secrets masked.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text)
    {
        if (text is null)
            return null;
        foreach (var secret in Volatile.Read(ref _longestFirst))
        {
            if (text.Contains(secret, StringComparison.Ordinal))
                text = text.Replace(secret, Stars, StringComparison.Ordinal);
        }

        return text;
    }

    [GeneratedRegex("""(?:(?:password|pwd|passfile|secret|token|key|accountkey|sharedaccesskey|sharedaccesssignature)\s*=\s*(?<v>"[^"]*"|'[^']*'|[^;]+))|(?:://[^/:@\s]*:(?<v>[^@/\s]+)@)""", RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
