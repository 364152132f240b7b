using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <content>What the forms of a run's page do.</content>
public sealed partial class RunPageModel
{
    /// <summary>Clears what failed, was blocked or cancelled.</summary>
    public Task<IActionResult> OnPostRetryAsync(long run, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
    {
        if (await Store.RunTasksAsync(run, cancellation) is not { } tasks)
            throw new RefusedException($"there is no run {run}");
        var failed = (await Store.FailedAsync(run, cancellation)).ToLookup(key => key.TaskNo);
        if (failed.Count == 0)
            throw new RefusedException($"nothing has failed in run {run}: there is nothing to retry");
        var spec = tasks.Detail.Spec;
        var keys = ClearSet.Of(run, spec, [.. failed.Select(task => spec.Tasks[task.Key].Id)], -1, downstream: false, upstream: false, key => failed[key.TaskNo]);
        return $"{await operations.ClearTasksAsync(run, keys, by, cancellation):N0} task instances of run {run} run again.";
    });

    /// <summary>Runs the whole run again.</summary>
    public Task<IActionResult> OnPostRerunAsync(long run, string? version, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
        await operations.ClearRunAsync(run, version == "current", by, cancellation) == 'q' ? $"Run {run} is queued to run again, whole." : $"Every task of run {run} runs again.");

    /// <summary>Makes a new run that begins at a task, and shows it; refused, the form is shown again as it was sent.</summary>
    public async Task<IActionResult> OnPostForkAsync(long run, string? task, string? version, string? arguments, bool reuse, CancellationToken cancellation)
    {
        try
        {
            var request = new ForkRequest(run, task ?? "") { OnOriginalVersion = version != "current", Arguments = string.IsNullOrWhiteSpace(arguments) ? null : arguments, ReuseSteps = reuse };
            var made = (await Visit.Operations.ForkRunAsync(request, Visit.By(Request.Form["why"], Request.Form["once"]), cancellation)).RunId!.Value;
            Visit.Say($"Run {made} is queued: it begins at {task} with what run {run} came to.");
            return LocalRedirect(Links.Run(made));
        }
        catch (RefusedException e)
        {
            Refused = e.Message;
            return await ShowAsync(run, null, RunQuery.Of(Request.Query) with { Do = "fork" }, cancellation);
        }
    }

    /// <summary>Cancels the run.</summary>
    public Task<IActionResult> OnPostCancelAsync(long run, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
        await operations.CancelRunAsync(run, by, cancellation) == 'r' ? $"Run {run} is being cancelled: its running tasks are told to stop." : $"Run {run} is cancelled.");

    /// <summary>Ends the run by hand.</summary>
    public Task<IActionResult> OnPostSucceededAsync(long run, CancellationToken cancellation) => MarkAsync(run, 's', cancellation);

    /// <summary>Ends the run by hand.</summary>
    public Task<IActionResult> OnPostFailedAsync(long run, CancellationToken cancellation) => MarkAsync(run, 'f', cancellation);

    /// <summary>Writes a note on the run.</summary>
    public Task<IActionResult> OnPostNoteAsync(long run, string? text, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
    {
        await operations.NoteAsync(run, null, -1, text, by, cancellation);
        return string.IsNullOrWhiteSpace(text) ? $"Run {run} has no note." : $"Run {run} has the note.";
    });

    /// <summary>Deletes the run, and shows its DAG.</summary>
    public async Task<IActionResult> OnPostDeleteAsync(long run, CancellationToken cancellation)
    {
        var dag = (await Store.RunTasksAsync(run, cancellation))?.Detail.Run.DagId;
        var deleted = false;
        var answer = await ActAsync(Back(run), async (operations, by) =>
        {
            await operations.DeleteRunAsync(run, by, cancellation);
            deleted = true;
            return $"Run {run} is deleted.";
        });
        return deleted && dag is not null ? LocalRedirect(Links.Dag(dag)) : answer;
    }

    private Task<IActionResult> MarkAsync(long run, char state, CancellationToken cancellation) => ActAsync(Back(run), async (operations, by) =>
        await operations.MarkRunAsync(run, state, by, cancellation) == state
            ? $"Run {run} is marked {RunState.Word(state)}."
            : $"Run {run} is marked {RunState.Word(state)}; it ends when its teardowns and callbacks have run.");

    /// <summary>The page as it was, without the form.</summary>
    private string Back(long run) => Links.Run(run) + (RunQuery.Of(Request.Query) with { Do = null }).Href();
}
