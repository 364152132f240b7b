using System.Text.Json.Nodes;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Output;

internal sealed record AssetView(string Asset, IReadOnlyList<string> Producers, IReadOnlyList<string> Consumers, DateTimeOffset? UpdatedAt, long? Run, string? By)
{
    public static AssetView Of(AssetRow row) => new(row.Name, row.Producers, row.Consumers, row.UpdatedAt, row.RunId, row.By);
}

internal sealed record AssetDetailView(AssetView Asset, IReadOnlyList<AssetWaitView> Consumers, IReadOnlyList<AssetUpdateView> Updates)
{
    public static AssetDetailView Of(AssetDetail detail) => new(
        AssetView.Of(detail.Asset), [.. detail.Waits.Select(wait => new AssetWaitView(wait.DagId, wait.Paused, wait.Condition.Phrase, wait.Updated, wait.Missing?.Phrase))],
        [.. detail.Updates.Select(one => AssetUpdateView.Of(one.Update) with { StartedRuns = one.Runs })]);
}

internal sealed record AssetWaitView(string Dag, bool Paused, string Condition, IReadOnlyList<string> Updated, string? Missing);

internal sealed record AssetUpdateView(string Asset, DateTimeOffset At, string? Dag, long? Run, string? Task, string? By, string? Why, JsonNode? Extra)
{
    /// <summary>Null where it is the run that is shown.</summary>
    public IReadOnlyList<long>? StartedRuns { get; init; }

    public static AssetUpdateView Of(AssetUpdate update) => new(
        update.Asset, update.At, update.DagId, update.RunId, update.TaskId, update.By, update.Why, update.Extra is null ? null : JsonNode.Parse(update.Extra));
}
