namespace Pipelines;

/// <summary>
/// Something that tasks produce and that other DAGs are run by: a table, a file, a report. The name is all there is to it; the engine opens nothing.
/// Two assets of the same name are the same asset, in whichever DAG or assembly.
/// </summary>
/// <example>
/// <code>
/// static readonly Asset Orders = new("warehouse/orders");
/// dag.Task(Load).Produces(Orders);              // in one DAG
/// dag.Schedule(Orders &amp; new Asset("rates"));    // in another
/// </code>
/// </example>
public sealed record Asset
{
    /// <summary>Names an asset.</summary>
    /// <param name="name">A name or an address: 1 to 200 letters, digits, '_', '-', '.', '/', ':', '@', '+', '=', '~' and '%' (ASCII). Capitals are other letters.</param>
    /// <exception cref="DagDefinitionException">The name is empty, too long, or has other characters.</exception>
    /// <example><code>new Asset("s3://bucket/orders")</code></example>
    public Asset(string name)
    {
        Name = IsName(name) ? name : throw new DagDefinitionException(
            $"The asset name '{name}' must be 1 to 200 letters, digits, '_', '-', '.', '/', ':', '@', '+', '=', '~' or '%' (ASCII), such as warehouse/orders or s3://bucket/orders.");
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    internal static bool IsName(string? name) =>
        name is { Length: > 0 and <= 200 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or ':' or '@' or '+' or '=' or '~' or '%');

    /// <summary>All of them have been updated.</summary>
    /// <exception cref="DagDefinitionException">There is none.</exception>
    /// <example><code>dag.Schedule(Asset.All(orders, customers, rates));</code></example>
    public static AssetCondition All(params ReadOnlySpan<AssetCondition> conditions) => AssetCondition.OfAll(conditions);

    /// <summary>One of them has been updated.</summary>
    /// <exception cref="DagDefinitionException">There is none.</exception>
    /// <example><code>dag.Schedule(Asset.Any(orders, returns));</code></example>
    public static AssetCondition Any(params ReadOnlySpan<AssetCondition> conditions) => AssetCondition.OfAny(conditions);

    /// <summary>Both have been updated.</summary>
    public static AssetCondition operator &(Asset left, Asset right) => AssetCondition.OfAll([left, right]);

    /// <summary>One of the two has been updated.</summary>
    public static AssetCondition operator |(Asset left, Asset right) => AssetCondition.OfAny([left, right]);

    /// <summary>It has been updated.</summary>
    public static implicit operator AssetCondition(Asset asset)
    {
        ArgumentNullException.ThrowIfNull(asset);
        return new AssetCondition { Asset = asset.Name };
    }
}
