using System.Data.Common;
using System.Globalization;

namespace Pipelines;

/// <summary>
/// A channel as the operator configured it: <c>PIPELINES_CHANNEL_ON_CALL="kind=webhook;url=https://...;secret=..."</c>. Values that are read
/// with <see cref="Text"/> may appear in errors; all others are taken out of them.
/// </summary>
public sealed class ChannelSettings
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _plain = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _where;

    /// <summary>Reads settings.</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="text">Pairs of key=value with semicolons between them; a value with a semicolon stands in quotes.</param>
    /// <param name="where">What the operator sets, for errors: the variable's name.</param>
    /// <exception cref="PipelinesException">The text is not such pairs.</exception>
    public ChannelSettings(string channel, string text, string? where = null)
    {
        (Channel, _where) = (channel, where ?? $"the channel '{channel}'");
        try
        {
            var pairs = new DbConnectionStringBuilder { ConnectionString = text };
            foreach (string key in pairs.Keys)
                _values[key] = (string)pairs[key];
        }
        catch (ArgumentException)
        {
            throw new PipelinesException($"{_where} cannot be read. Write kind=webhook;url=https://... with semicolons between the pairs."); // without the text: it holds secrets
        }
    }

    /// <summary>The channel's name.</summary>
    public string Channel { get; }

    /// <summary>Refuses settings that the kind does not know: a secret that is misspelt must not count as none. Call it first.</summary>
    /// <param name="names">All that it knows, besides <c>kind</c>.</param>
    /// <exception cref="PipelinesException">There is another one.</exception>
    public void Allow(params ReadOnlySpan<string> names)
    {
        var known = new HashSet<string>([.. names, "kind"], StringComparer.OrdinalIgnoreCase);
        if (_values.Keys.FirstOrDefault(key => !known.Contains(key)) is { } other)
            throw new PipelinesException($"{_where} has the setting '{other}', which a channel of this kind does not know; it knows {string.Join(", ", known)}.");
    }

    /// <summary>A setting that is no secret.</summary>
    /// <exception cref="PipelinesException">There is none of that name.</exception>
    public string Text(string name) => TextOrNull(name) ?? throw Missing(name);

    /// <summary>A setting that is no secret; null: there is none of that name.</summary>
    public string? TextOrNull(string name)
    {
        lock (_plain)
            _plain.Add(name);
        return SecretOrNull(name);
    }

    /// <summary>A whole number from 1.</summary>
    /// <exception cref="PipelinesException">It is none.</exception>
    public int Number(string name, int unlessGiven) => TextOrNull(name) is not { } text ? unlessGiven
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new PipelinesException($"{_where}: {name}={text} is not a whole number from 1.");

    /// <summary>A setting that must not be seen, such as a password or an address that lets in whoever knows it.</summary>
    /// <exception cref="PipelinesException">There is none of that name.</exception>
    public string Secret(string name) => SecretOrNull(name) ?? throw Missing(name);

    /// <summary>A setting that must not be seen; null: there is none of that name.</summary>
    public string? SecretOrNull(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    /// <summary>The text without the values of secrets, and without the path of those that are addresses.</summary>
    internal string Mask(string text)
    {
        HashSet<string> plain;
        lock (_plain)
            plain = [.. _plain.Select(name => name.ToLowerInvariant()), "kind"];
        var secrets = _values.Where(pair => !plain.Contains(pair.Key.ToLowerInvariant())).SelectMany(pair => Parts(pair.Value)).Where(part => part.Length > 3);
        return secrets.OrderByDescending(secret => secret.Length).Aggregate(text, (masked, secret) => masked.Replace(secret, "***", StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Parts(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) ? [value, uri.AbsoluteUri, uri.PathAndQuery, uri.AbsolutePath, uri.Query, uri.UserInfo] : [value];

    private PipelinesException Missing(string name) => new($"{_where} has no '{name}'. Add {name}=... to it.");
}
