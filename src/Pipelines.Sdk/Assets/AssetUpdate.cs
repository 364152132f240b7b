using System.Text.Json;

namespace Pipelines;

/// <summary>One update of an asset, as the run that it started sees it.</summary>
/// <param name="Asset">The asset's name.</param>
/// <param name="At">When it was updated.</param>
/// <example><code>foreach (var update in context.Updates) Console.WriteLine($"{update.Asset} by {update.DagId ?? update.By}");</code></example>
public sealed record AssetUpdate(string Asset, DateTimeOffset At)
{
    /// <summary>The DAG whose task produced it; null: it was told from outside.</summary>
    public string? DagId { get; init; }

    /// <summary>The run in which it was produced; null: it was told from outside.</summary>
    public long? RunId { get; init; }

    /// <summary>The task that produced it; null: it was told from outside.</summary>
    public string? TaskId { get; init; }

    /// <summary>Who told it from outside; null: a task produced it.</summary>
    public string? By { get; init; }

    /// <summary>The reason that was given, if one was.</summary>
    public string? Why { get; init; }

    /// <summary>JSON: what was given with an update from outside; of a task what it returned, up to 4 kB. Null: nothing.</summary>
    public string? Extra { get; init; }

    /// <summary><see cref="Extra"/> as a value; the default when there is none.</summary>
    /// <exception cref="JsonException">It is of another shape.</exception>
    /// <example><code>var day = context.Updates[^1].ExtraAs&lt;DateOnly&gt;();</code></example>
    public T? ExtraAs<T>() => Extra is null ? default : JsonSerializer.Deserialize<T>(Extra, OutputJson.Options);
}
