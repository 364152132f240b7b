using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;
using Pipelines.Web.Views.Graph;

namespace Pipelines.Web.Pages.Dags;

/// <summary>A DAG's graph, with the states of one run. <c>part=graph</c> and <c>part=panel</c> give only that part, for a page that is open already.</summary>
public sealed class GraphModel(Visit visit) : ConsolePage(visit)
{
    internal DagDetail Dag { get; private set; } = null!;

    internal GraphQuery Query { get; private set; } = null!;

    internal GraphView View { get; private set; } = null!;

    internal RunTasks? Tasks { get; private set; }

    internal RunFamily? Family { get; private set; }

    internal PanelView? Selected { get; private set; }

    internal string Seen { get; private set; } = "";

    internal string? LiveUrl => Tasks is { } tasks ? string.Create(CultureInfo.InvariantCulture, $"/ui/events?run={tasks.Detail.Run.RunId}") : null;

    internal GraphBar Bar => new(
        View.Groups, Query.Across, across => (Query with { Across = across }).Href(), open => (Query with { Open = open }).Href(), (Query with { List = true }).Href());

    /// <summary>Shows the newest run, where none is asked for.</summary>
    public async Task<IActionResult> OnGetAsync(
        string dag, long? run, string? dir, string? open, string? focus, string? view, string? part, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } found)
            return Missing($"There is no DAG '{dag}'.");
        (Dag, Query) = (found, new GraphQuery(run, dir == "right", open, focus, view == "list"));
        var shown = run ?? (await Store.RunsAsync(dag, null, null, 1, cancellation) is [var newest] ? newest.RunId : null);
        if (shown is { } id)
        {
            Seen = await Store.RunFingerprintAsync(id, cancellation) ?? "";
            Tasks = await Store.RunTasksAsync(id, cancellation);
            if (run is not null && Tasks?.Detail.Run.DagId != dag)
                return Missing($"The DAG '{dag}' has no run {run}.");
            Family = part is null ? await Store.FamilyAsync(id, cancellation) : null;
        }

        await ClockAsync(cancellation);
        var spec = Tasks?.Detail.Spec ?? found.Spec;
        View = new(spec, TaskGroups.Of(spec.Tasks.Select(task => task.Id), open), Query.Across)
        {
            Tasks = Tasks, Now = Now, Selected = focus, Task = task => (Query with { Focus = task == focus ? null : task }).Href(), Open = groups => (Query with { Open = groups }).Href(),
        };
        if (part == "graph")
            return Unchanged() is { } unchanged ? unchanged : Partial("_Graph", View);
        if (focus is not null && shown is { } of)
            Selected = await PanelView.ReadAsync(Store, dag, of, focus, cancellation);
        return part == "panel" ? Selected is null ? Content("", "text/html; charset=utf-8") : Partial("_GraphSelected", this) : Page();
    }

    /// <summary>A browser that has the picture already does not get it again.</summary>
    private StatusCodeResult? Unchanged()
    {
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Dag.Hash} {Seen} {Request.QueryString}")))[..16]}\"";
        Response.Headers.ETag = tag;
        return Request.Headers.IfNoneMatch.Contains(tag) ? StatusCode(304) : null;
    }
}
