using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Failures of one task with one error, in however many runs.</summary>
/// <param name="Newest">The latest of them.</param>
/// <param name="Error">What it failed with; null: nothing was told.</param>
/// <param name="Runs">The runs, the newest first; of a DAG that fails all the time only some.</param>
/// <param name="Lasts">The DAG's newest run is one of them.</param>
internal sealed record FailureGroup(FailedTask Newest, ErrorText? Error, IReadOnlyList<long> Runs, bool Lasts)
{
    public string Key => $"{Newest.DagId}/{Newest.TaskId}/{Newest.RunId}";

    public string What => Error is null ? "failed" : Error.Type is { } type ? $"{type[(type.LastIndexOf('.') + 1)..]}: {Error.Message}" : Error.Message;

    public string Scope => Runs.Count == 1 ? "1 run" : Newest.Failures > Runs.Count && Runs.Count >= 8 ? $"{Runs.Count} of {Newest.Failures} failed runs" : $"{Runs.Count} runs";

    /// <summary>The worst first: those whose DAG has not run well since, then those that came often, then the latest.</summary>
    public static IReadOnlyList<FailureGroup> Of(IEnumerable<FailedTask> failures, IReadOnlyDictionary<string, DagLine> dags) =>
    [
        .. failures
            .Select(failure => (Failure: failure, Error: ErrorText.Of(failure.Detail, failure.Why)))
            .GroupBy(one => (one.Failure.DagId, one.Failure.TaskId, one.Error is null ? "" : PanelAround.Fingerprint(one.Error)))
            .Select(group => new FailureGroup(
                group.First().Failure, group.First().Error, [.. group.Select(one => one.Failure.RunId).Distinct()],
                dags.TryGetValue(group.Key.DagId, out var dag) && dag.Last is { State: 'f' } last && group.Any(one => one.Failure.RunId == last.RunId)))
            .OrderByDescending(group => group.Lasts).ThenByDescending(group => group.Runs.Count).ThenByDescending(group => group.Newest.At),
    ];
}
