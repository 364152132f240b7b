using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>All DAGs. <c>part=list</c> gives only the rows.</summary>
public sealed class DagListModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>From so many of the newest runs the usual length and the share of success are taken.</summary>
    private const int Looked = 50;

    internal DagQuery Query { get; private set; } = null!;

    internal DagTable Table { get; private set; } = null!;

    public IReadOnlyList<string> Owners { get; private set; } = [];

    public IReadOnlyList<string> Tags { get; private set; } = [];

    /// <summary>DAGs that match, on all pages.</summary>
    public int Found { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? part, CancellationToken cancellation)
    {
        Query = DagQuery.Of(HttpContext);
        if (part is null)
            Query.Keep(HttpContext);
        var all = await Store.DagLinesAsync(cancellation);
        Owners = [.. all.Select(dag => dag.Spec.Owner).OfType<string>().Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        Tags = [.. all.SelectMany(dag => dag.Spec.Tags ?? []).Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        var found = Query.Of(all);
        Found = found.Count;
        var shown = found.Skip((Query.Page - 1) * DagQuery.PageSize).Take(DagQuery.PageSize).ToList();
        var recent = await Store.RecentRunsAsync([.. shown.Select(dag => dag.Spec.Id)], Looked, cancellation);
        await ClockAsync(cancellation);
        Table = new([.. shown.Select(dag => (dag, recent.GetValueOrDefault(dag.Spec.Id, [])))], Now, true);
        return part == "list" ? Partial("_DagTable", Table) : Page();
    }

    public Task<IActionResult> OnPostPauseAsync(string? one, string[] dag, string? back, CancellationToken cancellation) =>
        EachAsync(one, dag, back, "paused", (operations, id, by) => operations.PauseAsync(id, by, cancellation));

    public Task<IActionResult> OnPostResumeAsync(string? one, string[] dag, string? back, CancellationToken cancellation) =>
        EachAsync(one, dag, back, "active again", (operations, id, by) => operations.ResumeAsync(id, by, cancellation));

    private Task<IActionResult> EachAsync(string? one, string[] marked, string? back, string now, Func<IOperations, string, Actor, Task> act) =>
        ActAsync(Url.IsLocalUrl(back) ? back : "/dags", async (operations, by) =>
        {
            var ids = string.IsNullOrEmpty(one) ? marked : [one];
            if (ids.Length == 0)
                throw new RefusedException("mark the DAGs first");
            foreach (var id in ids)
                await act(operations, id, by with { Once = by.Once is null ? null : $"{by.Once}.{id}" });
            return ids.Length == 1 ? $"{ids[0]} is {now}." : $"{ids.Length} DAGs are {now}.";
        });
}
