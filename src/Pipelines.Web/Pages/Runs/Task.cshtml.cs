using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>One task in one run, or one element of a mapped task, in tabs: summary, steps, input and output, history, and of a mapped task its elements.</summary>
public sealed class TaskPageModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>Elements on a page.</summary>
    public const int PageSize = 100;

    private const int TailLines = 8;

    private static readonly string[] Tabs = ["summary", "elements", "steps", "io", "history"];

    internal TaskView View { get; private set; } = null!;

    public string Tab { get; private set; } = "summary";

    /// <summary>The last lines of the last attempt, or those up to its first failure; null: it has none.</summary>
    internal LogRows? Tail { get; private set; }

    public int? FirstError { get; private set; }

    public IReadOnlyList<ArtefactRow> Artefacts { get; private set; } = [];

    /// <summary>What it has done in steps, with its cursor and moments.</summary>
    public IReadOnlyList<StepRow> Steps { get; private set; } = [];

    /// <summary>What it has told while it ran.</summary>
    public IReadOnlyList<ValueRow> Values { get; private set; } = [];

    /// <summary>Of a mapped task: how many of its elements are in each state.</summary>
    public IReadOnlyDictionary<char, int> States { get; private set; } = new Dictionary<char, int>();

    public int Elements => States.Values.Sum();

    /// <summary>A page of elements.</summary>
    public IReadOnlyList<InstanceRow> Rows { get; private set; } = [];

    /// <summary>The index at which the next page of elements begins; null: this is the last one.</summary>
    public int? NextFrom { get; private set; }

    /// <summary>The first index that the page of elements was asked for.</summary>
    public int From { get; private set; }

    /// <summary>Only elements in this state.</summary>
    public char? Only { get; private set; }

    public AttemptRow? Last => View.Attempts.Count > 0 ? View.Attempts[^1] : null;

    internal string Path => Links.Task(View.RunId, View.TaskId, View.Map);

    internal string LogHref => Links.Log(View.RunId, View.TaskId, View.Map);

    internal string? LiveUrl => View.Ended ? null
        : $"/ui/events?instance={View.RunId}.{View.Map}.{Uri.EscapeDataString(View.TaskId)}";

    public async Task<IActionResult> OnGetAsync(
        long run, string task, int? map, string? tab, string? state, int? from, string? part, CancellationToken cancellation)
    {
        if (await TaskView.ReadAsync(Store, run, task, map ?? -1, cancellation) is not { } view)
            return Missing(TaskView.MissingText(run, task, map ?? -1));
        View = view;
        if (view.Shown is { Key: { MapIndex: < 0 } key } && view.Spec.Over is not null)
            States = await Store.ElementStatesAsync(key, cancellation);
        if (view.Shown is { Attempt: > 0 } ran)
            Steps = await Store.StepsAsync(ran.Key, StepRow.Most, cancellation);
        Tab = Tabs.Contains(tab) && (tab != "elements" || Elements > 0) && (tab != "steps" || Steps.Count > 0) ? tab! : "summary";
        if (view.Shown is { } shown)
            await ReadAsync(shown.Key, state, Math.Max(0, from ?? 0), cancellation);
        return part == "task" ? Partial("_TaskBody", this) : Page();
    }

    private async Task ReadAsync(InstanceKey key, string? state, int from, CancellationToken cancellation)
    {
        if (Tab is "summary" or "io")
            Artefacts = await Store.ArtefactsAsync(key, cancellation);
        if (Tab == "summary" && View.Attempts.Count > 0)
            Values = await Store.ValuesAsync(key, cancellation);
        switch (Tab)
        {
            case "elements":
                Only = state is [var only] && States.ContainsKey(only) ? only : null;
                From = from;
                var rows = await Store.ElementsAsync(key, Only, from, PageSize + 1, cancellation);
                Rows = [.. rows.Take(PageSize)];
                NextFrom = rows.Count > PageSize ? rows[PageSize].Key.MapIndex : null;
                break;
            case "summary" when Last is { } last:
                var log = new LogOf(key, last.Attempt);
                var head = await Store.LogHeadAsync(log, cancellation);
                var jumps = await LogJumps.ReadAsync(Store, log, head, cancellation);
                FirstError = jumps.FirstError;
                var end = Math.Min(head.Lines, FirstError + 2 ?? head.Lines);
                var look = new LogLook(new LogQuery { Path = LogHref }, Visit.Zone, last.StartedAt, null, null);
                Tail = head.Lines == 0 ? null : await LogRows.ReadAsync(Store, log, look, Math.Max(0, end - TailLines), Math.Min(end, TailLines), cancellation);
                break;
        }
    }
}
