using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;

namespace Pipelines.Web.Pages.Operate;

/// <summary>Who runs tasks, and what. <c>part=workers</c> gives only what changes.</summary>
public sealed class WorkersModel(Visit visit) : ConsolePage(visit)
{
    public IReadOnlyList<WorkerRow> Workers { get; private set; } = [];

    public ILookup<int, RunningRow> Running { get; private set; } = Array.Empty<RunningRow>().ToLookup(row => row.WorkerId);

    /// <summary>Tasks that wait for a worker.</summary>
    public int Ready { get; private set; }

    public int Slots => Workers.Where(worker => worker is { Alive: true, Draining: false }).Sum(worker => worker.Slots);

    /// <summary>A worker renews its lease every third of it.</summary>
    public static string State(WorkerRow worker) => worker.Alive ? worker.Draining ? worker.Busy == 0 ? "drained" : "draining" : "alive" : worker.StoppedAt is null ? "lost" : "stopped";

    public async Task<IActionResult> OnGetAsync(string? part, CancellationToken cancellation)
    {
        Workers = await Store.WorkersAsync(cancellation);
        Running = (await Store.RunningAttemptsAsync(OperateTopic.Shown, cancellation)).ToLookup(row => row.WorkerId);
        Ready = (await Store.QueueLengthAsync(cancellation)).Ready;
        await ClockAsync(cancellation);
        return part == "workers" ? Partial("_Workers", this) : Page();
    }

    public Task<IActionResult> OnPostDrainAsync([FromForm] string? worker, CancellationToken cancellation) => ActAsync("/workers", async (operations, by) =>
    {
        await operations.DrainWorkerAsync(worker ?? "", by, cancellation);
        return $"Worker {worker} takes no more work from its next heartbeat on; what it runs goes on.";
    });

    public Task<IActionResult> OnPostResumeAsync([FromForm] string? worker, CancellationToken cancellation) => ActAsync("/workers", async (operations, by) =>
    {
        await operations.ResumeWorkerAsync(worker ?? "", by, cancellation);
        return $"Worker {worker} takes work again from its next heartbeat on.";
    });
}
