using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Dags;

/// <summary>One task in the runs of its DAG: states, lengths, errors.</summary>
public sealed class DagTaskModel(Visit visit) : ConsolePage(visit)
{
    public const int Listed = 60;

    private const int Looked = 180;

    internal DagHead Head { get; private set; } = null!;

    public string TaskId { get; private set; } = "";

    public TaskSpec? Spec { get; private set; }

    public IReadOnlyList<TaskRun> Runs { get; private set; } = [];

    public DateTimeOffset? End { get; private set; }

    /// <summary>Errors that are the same but for numbers and names, the most frequent first.</summary>
    internal IReadOnlyList<(ErrorText Error, IReadOnlyList<TaskRun> Runs)> Errors { get; private set; } = [];

    public double? Part(double part) =>
        Runs.Where(run => run.State == TaskState.Succeeded).Select(run => run.Seconds).OfType<double>().Order().ToArray() is { Length: > 0 } seconds ? seconds[(int)(part * (seconds.Length - 1))] : null;

    public DateTimeOffset? Older => Runs.Count == Looked ? Runs[0].ScheduledFor : null;

    public async Task<IActionResult> OnGetAsync(string dag, string task, DateTimeOffset? end, CancellationToken cancellation)
    {
        if (await Store.DagAsync(dag, cancellation) is not { } detail)
            return Missing($"There is no DAG '{dag}'.");
        (TaskId, End) = (task, end?.ToUniversalTime());
        Spec = detail.Spec.Tasks.FirstOrDefault(one => one.Id == task);
        Runs = await Store.TaskRunsAsync(dag, task, End, Looked, cancellation);
        if (Spec is null && Runs.All(run => run.State is null))
            return Missing($"The DAG '{dag}' has no task '{task}'.");
        await ClockAsync(cancellation);
        Head = new(detail, Now, "Tasks");
        Errors =
        [
            .. Runs.Where(run => run.State == TaskState.Failed).Reverse().Select(run => (Run: run, Error: ErrorText.Of(run.Detail, run.Why))).Where(one => one.Error is not null)
                .GroupBy(one => PanelAround.Fingerprint(one.Error!)).OrderByDescending(group => group.Count())
                .Select(group => (group.First().Error!, (IReadOnlyList<TaskRun>)[.. group.Select(one => one.Run)])),
        ];
        return Page();
    }
}
