namespace Pipelines;

/// <summary>Which assets must have been updated since the last run that updates started. Made of assets with &amp; and |, or <see cref="Pipelines.Asset.All"/> and <see cref="Pipelines.Asset.Any"/>.</summary>
/// <example><code>dag.Schedule(orders &amp; customers | complete);   // as in C#, &amp; binds before |</code></example>
public sealed record AssetCondition
{
    /// <summary>The name of one asset; else <see cref="All"/> or <see cref="Any"/> is given.</summary>
    public string? Asset { get; init; }

    /// <summary>All of these hold.</summary>
    public IReadOnlyList<AssetCondition>? All { get; init; }

    /// <summary>One of these holds.</summary>
    public IReadOnlyList<AssetCondition>? Any { get; init; }

    /// <summary>Both hold.</summary>
    public static AssetCondition operator &(AssetCondition left, AssetCondition right) => OfAll([left, right]);

    /// <summary>One of the two holds.</summary>
    public static AssetCondition operator |(AssetCondition left, AssetCondition right) => OfAny([left, right]);

    /// <summary>The names in it, each once.</summary>
    internal IEnumerable<string> Names => (Asset is null ? [] : new[] { Asset }).Concat((All ?? Any ?? []).SelectMany(part => part.Names)).Distinct();

    /// <summary>What is left to be updated; null: it holds.</summary>
    internal AssetCondition? Left(IReadOnlyCollection<string> updated)
    {
        if (Asset is not null)
            return updated.Contains(Asset) ? null : this;
        if (Any is not null)
            return Any.Any(part => part.Left(updated) is null) ? null : OfAny([.. Any.Select(part => part.Left(updated)!)]);
        AssetCondition[] left = [.. (All ?? []).Select(part => part.Left(updated)).OfType<AssetCondition>()];
        return left.Length == 0 ? null : OfAll(left);
    }

    /// <summary>In words: "orders and (rates or prices)".</summary>
    internal string Phrase => Asset ?? string.Join(
        All is not null ? " and " : " or ", (All ?? Any ?? []).Select(part => part.Asset is null && (part.All is null) != (All is null) ? $"({part.Phrase})" : part.Phrase));

    internal static AssetCondition OfAll(ReadOnlySpan<AssetCondition> parts) => Together("All", parts, part => part.All) is [var only] ? only
        : new AssetCondition { All = Together("All", parts, part => part.All) };

    internal static AssetCondition OfAny(ReadOnlySpan<AssetCondition> parts) => Together("Any", parts, part => part.Any) is [var only] ? only
        : new AssetCondition { Any = Together("Any", parts, part => part.Any) };

    /// <summary>a &amp; b &amp; c is one list of three.</summary>
    private static List<AssetCondition> Together(string what, ReadOnlySpan<AssetCondition> parts, Func<AssetCondition, IReadOnlyList<AssetCondition>?> inner)
    {
        var together = new List<AssetCondition>();
        foreach (var part in parts)
            together.AddRange(inner(part ?? throw new DagDefinitionException($"Asset.{what} has a part that is null. Name an asset in its place.")) ?? [part]);
        return together.Count > 0 ? together : throw new DagDefinitionException($"Asset.{what} names no asset. Name one or more: Asset.{what}(orders, customers).");
    }
}
