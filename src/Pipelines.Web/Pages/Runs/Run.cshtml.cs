using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;
using Pipelines.Web.Views.Gantt;
using Pipelines.Web.Views.Graph;

namespace Pipelines.Web.Pages.Runs;

/// <summary>A run on several tabs. <c>part=head</c>, <c>body</c> and <c>panel</c> give only that part, for a page that is open already.</summary>
public sealed partial class RunPageModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>The newest so many events are shown.</summary>
    public const int Events = 500;

    /// <summary>Lines of a window of the merged log.</summary>
    public const int LogLines = 400;

    private const int MostMoves = 20_000;

    private Dictionary<(string? Task, int? Map), string> _why = [];

    /// <summary>The run with one instance a task.</summary>
    public RunTasks Tasks { get; private set; } = null!;

    /// <summary>The run.</summary>
    public RunDetail Detail => Tasks.Detail;

    internal RunQuery Query { get; private set; } = null!;

    internal string Seen { get; private set; } = "";

    internal RunFamily Family { get; private set; } = null!;

    internal double? Typical { get; private set; }

    internal RunWait? Waits { get; private set; }

    /// <summary>How far running tasks are, by their own word.</summary>
    public IReadOnlyList<ProgressRow> Progress { get; private set; } = [];

    internal IReadOnlyList<RunAction> Actions { get; private set; } = [];

    internal TaskGroups Groups { get; private set; } = null!;

    internal GanttChart? Gantt { get; private set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<EventRow> History { get; private set; } = [];

    /// <summary>The merged log.</summary>
    public RunLog? Log { get; private set; }

    internal PanelView? Selected { get; private set; }

    /// <summary>Why what a form asked for was not done, where the form is shown again.</summary>
    public string? Refused { get; private set; }

    internal GraphView Graph => new(Detail.Spec, Groups, Query.Across)
    {
        Tasks = Tasks, Now = Now, Selected = Query.Task, Task = task => (Query with { Task = task == Query.Task ? null : task, Do = null }).Href(), Open = open => (Query with { Open = open }).Href(),
    };

    internal GraphBar GraphBar => new(
        Groups, Query.Across, across => (Query with { Across = across }).Href(), open => (Query with { Open = open }).Href(), (Query with { Tab = "tasks" }).Href());

    internal RunAction? Asked => Actions.FirstOrDefault(action => action.Name == Query.Do);

    /// <summary>What was typed into the field of a form that is shown again; null: it is shown for the first time.</summary>
    internal string? Sent(string field) => Refused is null ? null : Request.Form[field].ToString();

    internal string LiveUrl => string.Create(CultureInfo.InvariantCulture, $"/ui/events?run={Detail.Run.RunId}");

    internal string? Why(InstanceRow row) =>
        row.State == TaskState.Scheduled && row.Unmet > 0 ? $"waits for {row.Unmet} upstream"
        : row.State == TaskState.UpstreamFailed && GanttChart.Blockers(Detail, row.TaskId) is [var by, ..] ? $"blocked by {by}"
        : row.RetryAt is { } at ? $"tries again {Times.Until(at, Now)}"
        : row.State is TaskState.Succeeded ? null
        : Progress.FirstOrDefault(told => told.TaskId == row.TaskId && told.MapIndex == row.Key.MapIndex) is { } progress ? $"{progress.Percent:0} % {progress.Text}"
        : _why.GetValueOrDefault((row.TaskId, row.Key.MapIndex));

    /// <summary>Shows the page, or a part of it.</summary>
    public Task<IActionResult> OnGetAsync(long run, string? part, CancellationToken cancellation) => ShowAsync(run, part, RunQuery.Of(Request.Query), cancellation);

    private async Task<IActionResult> ShowAsync(long run, string? part, RunQuery query, CancellationToken cancellation)
    {
        // Before the rest: a change between the two makes the page ask again.
        Seen = await Store.RunFingerprintAsync(run, cancellation) ?? "";
        if (await Store.RunTasksAsync(run, cancellation) is not { } tasks || await Store.FamilyAsync(run, cancellation) is not { } family)
            return Missing($"There is no run {run}.");
        (Tasks, Family, Query) = (tasks, family, query);
        await ClockAsync(cancellation);
        Groups = TaskGroups.Of(Detail.Spec.Tasks.Select(task => task.Id), Query.Open);
        if (Detail.Run.State == 'r' && (part is null or "head" || Query.Tab == "tasks"))
            Progress = await Store.ProgressAsync(run, ProgressRow.Most, cancellation);
        if (part is null or "head")
        {
            Typical = await Store.TypicalRunAsync(Detail.Run.DagId, cancellation);
            Waits = await RunWait.ReadAsync(Store, Detail, cancellation);
            // A refresh of the head shows no form: it must not try the upgrade again each time.
            Actions = [.. RunAction.Of(Tasks, Family), .. await UpgradeAsync(part is null && Query.Do == "upgrade", cancellation)];
        }

        if (part != "panel")
            await ReadTabAsync(cancellation);
        if (part is null or "panel" && Query.Task is not null)
            Selected = await PanelView.ReadAsync(Store, null, run, Query.Task, cancellation);
        return part switch
        {
            "head" => Partial("_RunHead", this),
            "body" => Partial("_RunBody", this),
            "panel" => Selected is null ? Content("", "text/html; charset=utf-8") : Partial("_RunSelected", this),
            _ => Page(),
        };
    }

    private async Task ReadTabAsync(CancellationToken cancellation)
    {
        var run = Detail.Run.RunId;
        switch (Query.Tab)
        {
            case "gantt":
                Gantt = GanttChart.Of(Tasks, await Store.MovesAsync(run, MostMoves, cancellation), Groups, Query.Zoom, Now);
                break;
            case "tasks":
                foreach (var move in await Store.MovesAsync(run, MostMoves, cancellation))
                {
                    if (move.Why is not null && move.TaskNo < Detail.Spec.Tasks.Count)
                        _why[(Detail.Spec.Tasks[move.TaskNo].Id, -1)] = move.Why;
                }

                break;
            case "logs":
                Log = await Store.RunLogAsync(run, Query.Level, Query.From, LogLines, cancellation);
                break;
            case "events":
                History = [.. (await Store.RunEventsAsync(run, Events, cancellation)).Reverse()];
                break;
        }
    }
}
