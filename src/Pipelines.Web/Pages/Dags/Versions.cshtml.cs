using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>The versions of a DAG that were loaded.</summary>
public sealed class VersionsModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>The newest so many are shown.</summary>
    public const int Shown = 200;

    /// <summary>So many runs are looked at before they are moved.</summary>
    public const int Looked = 20;

    /// <summary>The DAG.</summary>
    public DagDetail Dag { get; private set; } = null!;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<VersionRow> Versions { get; private set; } = [];

    /// <summary>Open runs on other versions than the current one.</summary>
    public int Older => Versions.Where(version => !version.Current).Sum(version => version.OpenRuns);

    /// <summary>What moving those would mean for the oldest of them; null: nobody has asked.</summary>
    public IReadOnlyList<UpgradedRun>? Tried { get; private set; }

    /// <summary>Moves the open runs to the version that the form has named: one that was loaded meanwhile is another question.</summary>
    public Task<IActionResult> OnPostUpgradeAsync(string dag, int? version, CancellationToken cancellation) => ActAsync(Links.Versions(dag), async (operations, by) =>
    {
        var moved = await operations.UpgradeRunsAsync(new UpgradeRequest { DagId = dag, Version = version }, by, cancellation);
        var refused = moved.Where(run => run.Refused is not null).ToList();
        return $"{moved.Count - refused.Count:N0} of {moved.Count:N0} runs are on {(version is null ? "the current version" : $"version {version}")} now."
            + (refused.Count == 0 ? "" : $" {refused.Count:N0} stay where they are; the first, run {refused[0].RunId}: {refused[0].Refused}");
    });

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync(string dag, string? confirm, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } found)
            return Missing($"There is no DAG '{dag}'.");
        (Dag, Versions) = (found, await Store.VersionsAsync(dag, Shown, cancellation));
        if (confirm == "upgrade" && Older > 0)
            Tried = await Visit.Operations.UpgradeRunsAsync(new UpgradeRequest { DagId = dag, Version = Dag.VersionId, Limit = Looked, DryRun = true }, Visit.By(null, null), cancellation);
        await ClockAsync(cancellation);
        return Page();
    }
}
