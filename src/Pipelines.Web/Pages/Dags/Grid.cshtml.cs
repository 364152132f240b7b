using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>Runs by tasks. <c>part=grid</c>, <c>part=panel</c> and <c>part=head</c> give only that part, for a page that is open already.</summary>
public sealed partial class GridModel(Visit visit) : ConsolePage(visit)
{
    internal GridView View { get; private set; } = null!;

    internal GridQuery Query { get; private set; } = null!;

    internal PanelView? Panel { get; private set; }

    internal DagHead Head => new(View.Grid.Dag, View.Now, "Grid");

    internal GridQuery? Older => View.Grid.Runs.Count >= Query.Runs && Query.Runs > 1
        ? Query with { End = View.Grid.Runs[0].Run.ScheduledFor, Run = null, Task = null }
        : null;

    internal string LiveUrl
    {
        get
        {
            var end = Query.End is { } at ? $"&end={Uri.EscapeDataString(Times.Iso(at))}" : "";
            return string.Create(CultureInfo.InvariantCulture, $"/ui/events?dag={Uri.EscapeDataString(View.Grid.Dag.Spec.Id)}&runs={Query.Runs}{end}")
                + (Query.Kind is { } kind ? $"&type={kind}" : "") + (Query.State is { } state ? $"&state={state}" : "");
        }
    }

    /// <summary>Whether every group is closed: then the button opens them.</summary>
    internal bool? AllClosed
    {
        get
        {
            var groups = GridRows.Of(View.Grid, Query).Where(row => row.IsGroup).ToList();
            return groups.Count == 0 ? null : groups.TrueForAll(group => !group.Open);
        }
    }

    public async Task<IActionResult> OnGetAsync(
        string dag, int? runs, DateTimeOffset? end, string? density, long? run, string? task, string? type, string? state, string? q, string? failing, string? open, string? part,
        CancellationToken cancellation)
    {
        Query = GridQuery.Of(runs, end?.ToUniversalTime(), density, run, task) with
        {
            Kind = type is ['s' or 'm' or 'b' or 'a'] ? type[0] : null,
            State = state is ['q' or 'r' or 's' or 'f' or 'c'] ? state[0] : null,
            Find = string.IsNullOrWhiteSpace(q) ? null : q.Trim(),
            Failing = failing is "1" or "on",
            Open = Request.Query.ContainsKey("open") ? (open ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries) : null,
        };
        if (Query.Run is { } selected)
        {
            Panel = await PanelView.ReadAsync(Store, dag, selected, Query.Task, cancellation);
            if (Panel is not null)
                Panel = Panel with { Around = await PanelAround.ReadAsync(Store, Panel, cancellation) };
            if (Panel is null && part == "panel")
                return Missing($"The DAG '{dag}' has no run {selected}{(Query.Task is null ? "" : $" with a task '{Query.Task}'")}.");
        }

        if (part == "panel")
            return Panel is null ? Content("", "text/html; charset=utf-8") : Partial("_Panel", Panel);
        if (await new GridTopic(dag, Query.Window).ViewAsync(Store, cancellation) is not { } view)
            return Missing($"There is no DAG '{dag}'.");
        View = view;
        return part switch { "grid" => Partial("_GridPart", this), "head" => Partial("_DagHead", Head), _ => Page() };
    }
}
