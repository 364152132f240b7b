using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>
/// A window of an attempt's log: at the line that the address names, else at what is searched for, else at the first failure, else
/// the tail while it runs, else the top. <c>part</c> gives what a page asks for later, <c>view</c> the log as text.
/// </summary>
public sealed partial class LogPageModel(Visit visit, TimeProvider time) : ConsolePage(visit)
{
    /// <summary>How many lines stand before the one that the page opens at: its cause is seen, and it is on the first screen.</summary>
    public const int Before = 15;

    /// <summary>How many lines a window has when the address does not say.</summary>
    public const int Tail = 400;

    private const int MostWindow = 1000;

    internal TaskView View { get; private set; } = null!;

    internal LogQuery Query { get; private set; } = null!;

    internal LogHead Head { get; private set; } = null!;

    internal LogRows Rows { get; private set; } = null!;

    internal LogJumps Jumps { get; private set; } = LogJumps.None;

    internal LogDiffView? Diff { get; private set; }

    /// <summary>What would run again, when that is asked about first.</summary>
    internal ClearedRun? Retry { get; private set; }

    /// <summary>What is wrong with what is searched for, or that nothing was found.</summary>
    public string? SearchSays { get; private set; }

    public short Attempt { get; private set; }

    /// <summary>The line that the page is opened at; null: no single one.</summary>
    public int? Current { get; private set; }

    public AttemptRow? Shown => View.Attempts.LastOrDefault(attempt => attempt.Attempt == Attempt);

    public bool Running => Shown?.State == TaskState.Running;

    internal ErrorText? Error => TaskView.ErrorOf(Shown);

    internal int Count => Head.Count(Query.Show);

    /// <summary>New lines go to the end of a page that shows the end.</summary>
    public bool Following => Running && Rows.End >= Count;

    /// <summary>Its lines while it runs; between attempts, that the next one starts.</summary>
    internal string? LiveUrl => Running
        ? string.Create(CultureInfo.InvariantCulture, $"/ui/events?log={View.RunId}.{View.Shown!.Key.TaskNo}.{View.Map}.{Attempt}&seen={LogView.Name(Head.Lines, false)}")
        : Query.Attempt is null && !TaskState.Ended(View.State) ? $"/ui/events?instance={View.RunId}.{View.Map}.{Uri.EscapeDataString(View.TaskId)}" : null;

    /// <summary>The address of the raw log for other programs.</summary>
    internal string CurlUrl => $"{Request.Scheme}://{Request.Host}{Query.Raw().Replace("'", "%27", StringComparison.Ordinal)}";

    internal string Cli => string.Create(
        CultureInfo.InvariantCulture, $"pipelines tasks log {View.RunId} '{View.TaskId.Replace("'", "'\\''", StringComparison.Ordinal)}'{(View.Map < 0 ? "" : $" --map {View.Map}")} --attempt {Attempt}");

    internal LogOf Log => new(View.Shown!.Key, Attempt);

    private LogPattern? Pattern { get; set; }

    private LogFinder Finder => new(Store, Log, Query.Show, time);

    public async Task<IActionResult> OnGetAsync(long run, string task, int? map, [FromQuery] LogAsked asked, CancellationToken cancellation)
    {
        if (await OpenAsync(run, task, map ?? -1, asked, cancellation) is { } problem)
            return problem;
        if (asked.View is "raw" or "download" or "gz")
            return await RawAsync(asked.View, LineRange.Of(asked.L), cancellation);
        if (asked.Part == "find")
            return Content((await FindAsync(asked, cancellation))?.ToString(CultureInfo.InvariantCulture) ?? "", "text/plain");
        if (asked.Part == "hits")
            return await HitsAsync(cancellation);
        Head = await Store.LogHeadAsync(Log, cancellation);
        if (asked.Part != "lines")
            Jumps = await LogJumps.ReadAsync(Store, Log, Head, cancellation);
        await PlaceAsync(asked, cancellation);
        if (asked.Part is "lines" or "head")
            return Partial(asked.Part == "lines" ? "_LogLines" : "_LogHead", this);
        if (asked.Against == "good")
            Diff = await LogDiffView.ReadAsync(Store, View, Log, Jumps.FirstError, cancellation);
        if (asked.Confirm == "retry")
            Retry = await AskAsync(cancellation);
        return Page();
    }

    public Task<IActionResult> OnPostRetryAsync(long run, string task, int? map, CancellationToken cancellation) =>
        ActAsync(Links.Log(run, task, map ?? -1), async (operations, by) =>
        {
            var cleared = (await operations.ClearTasksAsync(new ClearRequest(run, task) { MapIndex = map ?? -1 }, by, cancellation))[0];
            return cleared.Refused is { } why ? throw new RefusedException(why)
                : $"{cleared.Cleared} task {(cleared.Cleared == 1 ? "instance" : "instances")} of run {run} will run again: {task} and what is below it.";
        });

    /// <summary>A task that failed is retried at once; of any other the page first says what that would do.</summary>
    private async Task<ClearedRun> AskAsync(CancellationToken cancellation)
    {
        try
        {
            return (await Visit.Operations.ClearTasksAsync(View.Retry(dry: true), Visit.By(null, null), cancellation))[0];
        }
        catch (RefusedException e)
        {
            return new ClearedRun(View.RunId, View.Run.Run.ScheduledFor, [], 0, e.Message);
        }
    }

    private async Task<IActionResult?> OpenAsync(long run, string task, int map, LogAsked asked, CancellationToken cancellation)
    {
        if (await TaskView.ReadAsync(Store, run, task, map, cancellation) is not { } view)
            return Missing(TaskView.MissingText(run, task, map));
        if (view.Shown is null)
            return Missing($"Run {run} has not started: its tasks have no logs yet.");
        View = view;
        Attempt = asked.Attempt ?? (view.Attempts.Count > 0 ? view.Attempts[^1].Attempt : (short)0);
        if (asked.Attempt is not null && Shown is null)
            return Missing($"The task '{task}' of run {run} has no attempt {asked.Attempt}.");
        Query = new LogQuery
        {
            Path = Links.Log(run, task, map), Attempt = asked.Attempt, Show = LogQuery.ShowOf(asked.Level), Text = asked.Q, Exact = asked.Case == "1",
            Time = LogQuery.TimeOf(asked.T), Wrap = asked.Wrap == "1", Zone = Request.Query["tz"].Count == 1 ? Visit.Zone.Id : null,
        };
        Pattern = LogPattern.Of(Query.Text, Query.Exact, out var wrong);
        SearchSays = wrong;
        return null;
    }

    /// <summary>Reads the window at the place that the address names.</summary>
    private async Task PlaceAsync(LogAsked asked, CancellationToken cancellation)
    {
        var lines = Math.Clamp(asked.N ?? Tail, 1, MostWindow);
        var range = LineRange.Of(asked.L);
        var place = asked.I is { } index ? Math.Clamp(index, 0, Count)
            : asked.From is { } from ? await Store.LogLinesBeforeAsync(Log, Query.Show, Math.Max(1, from), cancellation)
            : (Current = range?.From ?? await TargetAsync(asked, cancellation)) is { } line
                ? Math.Max(0, await Store.LogLinesBeforeAsync(Log, Query.Show, line, cancellation) - Before)
            : Running ? Math.Max(0, Count - lines) : 0;
        // A place past the end shows the last lines, not an empty page.
        if (place >= Count && asked.Part != "lines")
            place = Math.Max(0, Count - lines);
        var look = new LogLook(Query, Visit.Zone, Shown?.StartedAt, Pattern, range ?? (Current is { } at && Pattern is not null ? new LineRange(at, at) : null));
        Rows = await LogRows.ReadAsync(Store, Log, look, place, lines, cancellation);
    }

    /// <summary>The line that the page opens at when none is named.</summary>
    private async Task<int?> TargetAsync(LogAsked asked, CancellationToken cancellation)
    {
        if (asked.Find is not null || asked.After is not null || asked.Before is not null || Pattern is not null)
        {
            var found = await FindAsync(asked, cancellation);
            if (found is null && Pattern is not null && asked.Find is null)
                SearchSays = "No line has it.";
            if (found is not null || Pattern is not null)
                return found;
        }

        return Jumps.FirstError;
    }
}
