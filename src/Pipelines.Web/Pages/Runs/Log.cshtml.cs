using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Pipelines.Engine.Ports;
using Pipelines.Web.Access;
using Pipelines.Web.Live;
using Pipelines.Web.Views;

namespace Pipelines.Web.Pages.Runs;

/// <summary>
/// A window of an attempt's log: around the first error, else the tail while it runs, else the top. <c>view=raw</c> streams all
/// of it as text; <c>part=lines</c> gives the rows after a line, for a page that follows.
/// </summary>
public sealed class LogPageModel(Visit visit) : ConsolePage(visit)
{
    /// <summary>How many lines stand before the first error: its cause is seen, and it is on the first screen.</summary>
    public const int Before = 15;

    private const int Window = 400;
    private const int RawStep = 2000;

    internal PanelView View { get; private set; } = null!;

    public int Map { get; private set; }

    public short Attempt { get; private set; }

    public LogPage Log { get; private set; } = null!;

    public AttemptRow? Current => View.Attempts.LastOrDefault(attempt => attempt.Attempt == Attempt);

    public bool Running => Current?.State == TaskState.Running;

    internal ErrorText? Error => Current is { State: 'f' or 'y' } bad ? ErrorText.Of(bad.Detail, bad.Why) : null;

    public int LastShown => Log.Lines.Count > 0 ? Log.Lines[^1].Number : Log.TotalLines;

    public int TailFrom => Math.Max(1, Log.TotalLines - Window + 1);

    /// <summary>New lines go to the end of a page that shows the end.</summary>
    public bool Following => Running && LastShown >= Log.TotalLines;

    public int? EarlierFrom => Log.Lines is [{ Number: > 1 } first, ..] ? Math.Max(1, first.Number - Window) : null;

    public int? LaterFrom => LastShown < Log.TotalLines ? LastShown + 1 : null;

    public string RawHref => Links.Log(View.Run.Run.RunId, View.TaskId!, Map, Attempt) + "&view=raw";

    public string? LiveUrl => Following
        ? string.Create(CultureInfo.InvariantCulture, $"/ui/events?log={View.Run.Run.RunId}.{View.Shown!.Key.TaskNo}.{Map}.{Attempt}")
            + $"&seen={LogView.Name(Log.TotalLines, false)}"
        : null;

    public async Task<IActionResult> OnGetAsync(
        long run, string task, int? map, short? attempt, int? from, string? view, string? part, CancellationToken cancellation)
    {
        Map = map ?? -1;
        if (await PanelView.ReadAsync(Store, null, run, task, cancellation, Map) is not { } found)
            return Missing($"There is no run {run} with a task '{task}'{(Map < 0 ? "" : $" that has an element {Map}")}.");
        if (found.Shown is not { } shown)
            return Missing($"Run {run} has not started: its tasks have no logs yet.");
        View = found;
        Attempt = attempt ?? found.Last?.Attempt ?? 0;
        if (attempt is not null && Current is null)
            return Missing($"The task '{task}' of run {run} has no attempt {attempt}.");
        if (view == "raw")
            return await RawAsync(shown.Key, cancellation);
        Log = await Store.LogAsync(shown.Key, Attempt, 1, 0, cancellation);
        var start = Math.Max(1, from ?? (Log.FirstErrorLine is { } error ? error - Before : Running ? TailFrom : 1));
        if (Log.TotalLines > 0)
            Log = await Store.LogAsync(shown.Key, Attempt, start, Window, cancellation);
        return part == "lines" ? Partial("_Lines", Log) : Page();
    }

    private async Task<IActionResult> RawAsync(InstanceKey key, CancellationToken cancellation)
    {
        Response.ContentType = "text/plain; charset=utf-8";
        for (var next = 1; ; next += RawStep)
        {
            var page = await Store.LogAsync(key, Attempt, next, RawStep, cancellation);
            var text = new StringBuilder();
            foreach (var line in page.Lines)
                text.Append(CultureInfo.InvariantCulture, $"{Times.Iso(line.At)} {LogText.Word(line.Level)} {line.Text}\n");
            await Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellation);
            if (next + RawStep > page.TotalLines)
                return new EmptyResult();
        }
    }
}
