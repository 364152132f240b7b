using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <content>Going over to the current version of the DAG.</content>
public sealed partial class RunPageModel
{
    /// <summary>Moves the run to the version that its form has named: one that was loaded meanwhile is another question.</summary>
    public Task<IActionResult> OnPostUpgradeAsync(long run, int? version, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
        (await operations.UpgradeRunsAsync(new UpgradeRequest { RunId = run, Version = version }, by, cancellation))[0] is { Refused: null } moved
            ? $"Run {run} is on version {moved.To} now: {UpgradeText.Of(moved)}."
            : throw new RefusedException((await operations.UpgradeRunsAsync(new UpgradeRequest { RunId = run, Version = version, DryRun = true }, by, cancellation))[0].Refused ?? "the run has just changed; look at it and try again"));

    /// <summary>Of an open run on an older version; what it would mean is tried, by the engine, when somebody asks for the form.</summary>
    private async Task<IReadOnlyList<RunAction>> UpgradeAsync(bool tries, CancellationToken cancellation)
    {
        var run = Detail.Run;
        if (RunState.Ended(run.State) || run.Cancelling || await Store.DagAsync(run.DagId, cancellation) is not { } dag || dag.VersionId == Detail.VersionId)
            return [];
        var question = $"The run is on version {Detail.VersionId}; new runs get version {dag.VersionId}.";
        if (tries)
        {
            var tried = (await Visit.Operations.UpgradeRunsAsync(new UpgradeRequest { RunId = run.RunId, Version = dag.VersionId, DryRun = true }, Visit.By(null, null), cancellation))[0];
            question += tried.Refused is { } why
                ? $" It cannot be moved now: {why}"
                : $" What is done stays, what runs goes on, and what waits is decided by the new graph: {UpgradeText.Of(tried)}.";
        }

        var id = run.RunId.ToString(CultureInfo.InvariantCulture);
        return
        [
            new("upgrade", $"Move to version {dag.VersionId}", question, $"Move the run to version {dag.VersionId}",
                [$"pipelines runs upgrade {id} --to {dag.VersionId} --dry-run", $"pipelines runs upgrade {id} --to {dag.VersionId}"]) { Version = dag.VersionId },
        ];
    }
}
