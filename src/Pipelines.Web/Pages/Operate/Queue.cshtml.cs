using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;

namespace Pipelines.Web.Pages.Operate;

/// <summary>What waits, and why, the oldest first. <c>part=queue</c> gives only what changes.</summary>
public sealed class QueueModel(Visit visit) : ConsolePage(visit)
{
    public const int Shown = OperateTopic.Shown;

    public IReadOnlyList<QueuedRow> Ready { get; private set; } = [];

    public IReadOnlyList<WaitingRow> Waiting { get; private set; } = [];

    public IReadOnlyList<QueuedRuns> Runs { get; private set; } = [];

    public IReadOnlyList<WorkerRow> Workers { get; private set; } = [];

    public (int Ready, int InLine) Length { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? part, CancellationToken cancellation)
    {
        Ready = await Store.QueueAsync(Shown, cancellation);
        Waiting = await Store.WaitingAsync(Shown, cancellation);
        Runs = await Store.QueuedRunsAsync(Shown, cancellation);
        Workers = await Store.WorkersAsync(cancellation);
        Length = await Store.QueueLengthAsync(cancellation);
        await ClockAsync(cancellation);
        return part == "queue" ? Partial("_Queue", this) : Page();
    }
}
