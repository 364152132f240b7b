using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>The tasks of a DAG's current version, each with its newest states.</summary>
public sealed class DagTasksModel(Visit visit) : ConsolePage(visit)
{
    public const int Runs = 14;

    internal DagHead Head { get; private set; } = null!;

    internal Grid Grid { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string dag, CancellationToken cancellation)
    {
        if (await Store.GridAsync(dag, new GridWindow(Runs, null), cancellation) is not { } grid)
            return Missing($"There is no DAG '{dag}'.");
        Grid = grid;
        await ClockAsync(cancellation);
        Head = new(grid.Dag, Now, "Tasks");
        return Page();
    }
}
