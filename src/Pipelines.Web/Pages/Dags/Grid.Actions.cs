using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Pages.Runs;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <content>What is done to the DAG, a run or a task from its panel. Each form names where it came from, and that is shown again.</content>
public sealed partial class GridModel
{
    public Task<IActionResult> OnPostPauseAsync(string dag, string? back, CancellationToken cancellation) => ActAsync(Back(back, dag), async (operations, by) =>
    {
        await operations.PauseAsync(dag, by, cancellation);
        return $"{dag} is paused: no tick makes a run until it is resumed.";
    });

    public Task<IActionResult> OnPostResumeAsync(string dag, string? back, CancellationToken cancellation) => ActAsync(Back(back, dag), async (operations, by) =>
    {
        await operations.ResumeAsync(dag, by, cancellation);
        return $"{dag} runs by its schedule again.";
    });

    /// <summary>The task and all that is below it.</summary>
    public Task<IActionResult> OnPostRetryAsync(string dag, long run, string task, int? map, string? back, CancellationToken cancellation) =>
        ClearAsync(dag, new ClearRequest(run, task) { MapIndex = map ?? -1 }, back, cancellation);

    /// <summary>As the form's boxes say; <c>look=1</c> only tells what would be cleared.</summary>
    public Task<IActionResult> OnPostClearAsync(
        string dag, long run, string task, int? map, bool downstream, bool upstream, bool failed, bool past, bool future, bool reuse, string? look, string? back, CancellationToken cancellation) => ClearAsync(
        dag,
        new ClearRequest(run, task) { MapIndex = map ?? -1, Downstream = downstream, Upstream = upstream, OnlyFailed = failed, Past = past, Future = future, ReuseSteps = reuse, DryRun = look == "1" },
        back, cancellation);

    public Task<IActionResult> OnPostMarkAsync(string dag, long run, string task, int? map, string state, string? back, CancellationToken cancellation) =>
        ActAsync(Back(back, dag, run, task), async (operations, by) =>
        {
            if (state is not ("s" or "f" or "k"))
                throw new RefusedException("a task is marked as s, f or k");
            if (await Store.RunAsync(run, cancellation) is not { } found || found.Spec.Tasks.ToList().FindIndex(spec => spec.Id == task) is not (>= 0 and var no))
                throw new RefusedException($"there is no run {run} with a task '{task}'");
            var marked = await operations.MarkTasksAsync(run, [new InstanceKey(run, no, map ?? -1)], state[0], by, cancellation);
            return marked > 0 ? $"{task} of run {run} is marked {TaskState.Word(state[0])}." : $"{task} of run {run} was {TaskState.Word(state[0])} already.";
        });

    public Task<IActionResult> OnPostNoteAsync(string dag, long run, string? task, int? map, string? text, string? back, CancellationToken cancellation) =>
        ActAsync(Back(back, dag, run, task), async (operations, by) =>
        {
            var note = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
            await operations.NoteAsync(run, string.IsNullOrEmpty(task) ? null : task, map ?? -1, note, by, cancellation);
            return note is null ? "The note is removed." : "The note is kept.";
        });

    public Task<IActionResult> OnPostCancelAsync(string dag, long run, string? back, CancellationToken cancellation) => ActAsync(Back(back, dag, run), async (operations, by) =>
        await operations.CancelRunAsync(run, by, cancellation) == 'c' ? $"Run {run} is cancelled." : $"Run {run} is being cancelled: what runs has been told to stop.");

    public Task<IActionResult> OnPostMarkRunAsync(string dag, long run, string state, string? back, CancellationToken cancellation) =>
        ActAsync(Back(back, dag, run), async (operations, by) =>
        {
            if (state is not ("s" or "f"))
                throw new RefusedException("a run is marked as s or f");
            return await operations.MarkRunAsync(run, state[0], by, cancellation) == 'r'
                ? $"Run {run} will end as {TaskState.Word(state[0])}: its teardowns and callbacks run first."
                : $"Run {run} is marked {TaskState.Word(state[0])}.";
        });

    /// <summary>What failed in a run, was kept from running by it, or was cancelled.</summary>
    public Task<IActionResult> OnPostRetryRunAsync(string dag, long run, string? back, CancellationToken cancellation) => ActAsync(
        Back(back, dag, run), async (operations, by) => Again(await RetryFailed.OfAsync(Store, operations, run, by, cancellation), 1));

    public Task<IActionResult> OnPostClearRunAsync(string dag, long run, bool current, string? back, CancellationToken cancellation) => ActAsync(Back(back, dag, run), async (operations, by) =>
    {
        await operations.ClearRunAsync(run, current, by, cancellation);
        return $"All of run {run} runs again.";
    });

    private static string Again(int instances, int runs) => string.Create(
        CultureInfo.InvariantCulture, $"{instances:N0} task {(instances == 1 ? "instance" : "instances")}{(runs > 1 ? $" in {runs:N0} runs" : "")} will run again.");

    private Task<IActionResult> ClearAsync(string dag, ClearRequest request, string? back, CancellationToken cancellation) =>
        ActAsync(Back(back, dag, request.RunId, request.TaskId), async (operations, by) =>
        {
            var runs = await operations.ClearTasksAsync(request, by, cancellation);
            var (count, refused) = (runs.Sum(run => run.Cleared), runs.Where(run => run.Refused is not null).ToList());
            var touched = runs.Count(run => run.Cleared > 0);
            var kept = runs.Sum(run => run.Kept.Sum(one => one.Steps.Count));
            return (request.DryRun ? $"Nothing was changed. If cleared: {Again(count, touched)}" : Again(count, touched))
                + (request.ReuseSteps ? $" {kept:N0} {(kept == 1 ? "step is" : "steps are")} kept." : "")
                + (refused.Count == 0 ? "" : $" {refused.Count} runs are left alone: {refused[0].Refused}.");
        });

    /// <summary>The page that the form stood on, else the grid with what was acted on.</summary>
    private string Back(string? back, string dag, long? run = null, string? task = null) =>
        Url.IsLocalUrl(back) ? back : run is { } id ? Links.Cell(dag, id, string.IsNullOrEmpty(task) ? null : task) : Links.Dag(dag);
}
