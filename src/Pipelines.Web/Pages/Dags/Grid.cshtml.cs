using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>Runs by tasks. <c>part=grid</c> and <c>part=panel</c> give only that part, for a page that is open already.</summary>
public sealed class GridModel(Visit visit) : ConsolePage(visit)
{
    internal GridView View { get; private set; } = null!;

    internal GridQuery Query { get; private set; } = null!;

    internal PanelView? Panel { get; private set; }

    internal GridQuery? Older => View.Grid.Runs.Count >= Query.Runs && Query.Runs > 1
        ? Query with { End = View.Grid.Runs[0].Run.ScheduledFor, Run = null, Task = null }
        : null;

    internal string LiveUrl
    {
        get
        {
            var end = Query.End is { } at ? $"&end={Uri.EscapeDataString(Times.Iso(at))}" : "";
            return string.Create(CultureInfo.InvariantCulture, $"/ui/events?dag={Uri.EscapeDataString(View.Grid.Dag.Spec.Id)}&runs={Query.Runs}{end}");
        }
    }

    public async Task<IActionResult> OnGetAsync(
        string dag, int? runs, DateTimeOffset? end, string? density, long? run, string? task, string? part, CancellationToken cancellation)
    {
        Query = GridQuery.Of(runs, end?.ToUniversalTime(), density, run, task);
        if (Query.Run is { } selected)
        {
            Panel = await PanelView.ReadAsync(Store, dag, selected, Query.Task, cancellation);
            if (Panel is null && part == "panel")
                return Missing($"The DAG '{dag}' has no run {selected}{(Query.Task is null ? "" : $" with a task '{Query.Task}'")}.");
        }

        if (part == "panel")
            return Panel is null ? Content("", "text/html; charset=utf-8") : Partial("_Panel", Panel);
        if (await new GridTopic(dag, Query.Runs, Query.End).ViewAsync(Store, cancellation) is not { } view)
            return Missing($"There is no DAG '{dag}'.");
        View = view;
        return part == "grid" ? Partial("_GridPart", this) : Page();
    }
}
