using System.Collections.Frozen;

namespace Pipelines.Postgres;

/// <summary>
/// The SQL of the product: embedded .sql files whose blocks are headed <c>-- name: verb</c>. A block is addressed as
/// "file/verb"; a test prepares every one of them.
/// </summary>
internal static class Queries
{
    private const string Header = "-- name:";

    public static readonly FrozenDictionary<string, string> All = ReadAll().ToFrozenDictionary();

    /// <summary>The text of an embedded file, such as "Migrations/001_init.sql".</summary>
    public static string File(string name)
    {
        using var stream = typeof(Queries).Assembly.GetManifestResourceStream(name) ?? throw new ArgumentException($"No embedded file {name}.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static IEnumerable<string> Files(string folder) => typeof(Queries).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> ReadAll()
    {
        foreach (var file in Files("Sql").Where(name => !name.StartsWith("Sql/Engine/", StringComparison.Ordinal)))
        {
            var blocks = File(file).Split(Header);
            foreach (var block in blocks.Skip(1))
            {
                var end = block.IndexOf('\n', StringComparison.Ordinal);
                yield return new($"{Path.GetFileNameWithoutExtension(file)}/{block[..end].Trim()}", block[(end + 1)..].Trim());
            }
        }
    }
}
