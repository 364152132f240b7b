using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>What became of a DAG: versions, pauses, backfills, who did it and why.</summary>
public sealed class DagEventsModel(Visit visit) : ConsolePage(visit)
{
    private const int Shown = 100;

    internal DagHead Head { get; private set; } = null!;

    public IReadOnlyList<EventRow> Events { get; private set; } = [];

    public DateTimeOffset? Older => Events.Count == Shown ? Events[^1].At : null;

    public async Task<IActionResult> OnGetAsync(string dag, DateTimeOffset? before, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } detail)
            return Missing($"There is no DAG '{dag}'.");
        await ClockAsync(cancellation);
        Head = new(detail, Now, "Events");
        Events = await Store.DagEventsAsync(dag, before?.ToUniversalTime(), Shown, cancellation);
        return Page();
    }
}
