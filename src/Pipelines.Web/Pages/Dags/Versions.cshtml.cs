using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;

namespace Pipelines.Web.Pages.Dags;

/// <summary>The versions of a DAG that were loaded.</summary>
public sealed class VersionsModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>The newest so many are shown.</summary>
    public const int Shown = 200;

    /// <summary>The DAG.</summary>
    public DagDetail Dag { get; private set; } = null!;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<VersionRow> Versions { get; private set; } = [];

    /// <summary>Shows them.</summary>
    public async Task<IActionResult> OnGetAsync(string dag, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } found)
            return Missing($"There is no DAG '{dag}'.");
        (Dag, Versions) = (found, await Store.VersionsAsync(dag, Shown, cancellation));
        await ClockAsync(cancellation);
        return Page();
    }
}
