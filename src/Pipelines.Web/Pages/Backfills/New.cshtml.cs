using Microsoft.AspNetCore.Mvc;
using NodaTime;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;
using Pipelines.Engine.Scheduling;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Backfills;

/// <summary>A backfill to be made: its fields, and what it would do. <c>part=preview</c> gives only the latter.</summary>
public sealed class NewBackfillModel(Visit visit, ScheduleCode schedules) : ConsolePage(visit)
{
    /// <summary>More dates are left to the command line.</summary>
    private const int MostDates = 10_000;

    internal DagDetail? Dag { get; private set; }

    internal BackfillForm Form { get; private set; } = null!;

    internal BackfillPreview? Preview { get; private set; }

    /// <summary>Why there is no preview, or why it cannot be started.</summary>
    public string? Refused { get; private set; }

    internal OverlappingBackfill? Overlap { get; private set; }

    public IReadOnlyList<PoolRow> Pools { get; private set; } = [];

    /// <summary>To choose from, where no DAG is named.</summary>
    public IReadOnlyList<DagSummary> Dags { get; private set; } = [];

    internal string? CommandLine { get; private set; }

    internal string Address => $"/backfills/new?{Form.Query()}";

    public async Task<IActionResult> OnGetAsync(string? dag, string? part, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(dag))
        {
            Dags = [.. (await Store.DagsAsync(cancellation)).Where(one => !one.Retired)];
            return Page();
        }

        if (!await LoadAsync(dag, cancellation))
            return Missing($"There is no DAG '{dag}'.");
        return part == "preview" ? Partial("_BackfillPreview", this) : Page();
    }

    public async Task<IActionResult> OnPostStartAsync(string? dag, CancellationToken cancellation)
    {
        if (!await LoadAsync(dag ?? "", cancellation))
            return Missing($"There is no DAG '{dag}'.");
        var back = Address;
        return await ActAsync(() => back, async (operations, by) =>
        {
            if (Preview is null || Preview.Plan.Total == 0)
                throw new RefusedException(Refused ?? "there is nothing to do, so no backfill was created");
            var id = await operations.CreateBackfillAsync(Preview.Asked, by, cancellation);
            back = Links.Backfill(id);
            return $"Backfill {id} is created with {Preview.Plan.Total:N0} runs." + (Dag!.Paused ? " The DAG is paused: it goes on when the DAG is resumed." : "");
        });
    }

    private async Task<bool> LoadAsync(string dagId, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dagId, cancellation) is not { } dag)
            return false;
        Dag = dag;
        await ClockAsync(cancellation);
        var now = Instant.FromDateTimeOffset(Now);
        Form = BackfillForm.Of(Request.Query, now.InZone(Times.Zone(dag.Spec.TimeZone)).Date);
        try
        {
            var asked = Form.Asked();
            CommandLine = BackfillPreview.CommandLine(asked);
            if (dag.RetiredAt is not null)
                throw new RefusedException($"the DAG '{dagId}' is retired: its folder is gone. Put its assembly back to backfill it");
            var ticks = await schedules.ReadAsync(dag, CommandLine, custom => BackfillPreview.Ticks(dag.Spec, custom, asked, now, MostDates));
            Preview = await BackfillPreview.LoadAsync(Store, dag, asked, ticks, cancellation);
            Overlap = await Store.OverlappingAsync(dagId, asked.From.ToDateOnly(), asked.To.ToDateOnly(), cancellation);
            Pools = Preview.PoolSlots().Any() ? await Store.PoolsAsync(cancellation) : [];
        }
        catch (Exception e) when (e is RefusedException or ScheduleException)
        {
            Refused = e.Message;
        }

        return true;
    }
}
