using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>
/// The grid as a table: a column a run, a row a task. Written by hand: it has thousands of cells, and Razor's white space and
/// conversions would double its size and time.
/// </summary>
internal sealed class GridTable(Grid grid, GridQuery query, DateTimeOffset now) : IHtmlContent
{
    private const int BarBox = 58;

    private readonly DateTimeZone _zone = Times.Zone(grid.Dag.Spec.TimeZone);

    /// <summary>About one run a day: columns are named by their day; otherwise by their hour.</summary>
    private readonly bool _days = grid.Runs.Select(run => Times.Local(run.Run.ScheduledFor, Times.Zone(grid.Dag.Spec.TimeZone)).Date)
        .Distinct().Count() * 2 > grid.Runs.Count;

    private readonly IReadOnlyList<GridRow> _rows = GridRows.Of(grid, query);

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write($"<table class=\"grid {query.Density}\"><thead><tr>");
        WriteCorner(writer, encoder);
        var longest = Longest(grid, now);
        for (var i = 0; i < grid.Runs.Count; i++)
            WriteHeader(writer, encoder, i, longest);
        writer.Write("</tr></thead>\n<tbody>\n");
        var prefixes = grid.Runs.Select(run => encoder.Encode((query with { Run = run.Run.RunId, Task = null }).Href())).ToArray();
        foreach (var row in _rows)
        {
            if (row.IsGroup)
                WriteGroup(writer, encoder, row, prefixes);
            else
                WriteRow(writer, encoder, row, prefixes);
        }

        writer.Write("</tbody></table>");
    }

    /// <summary>The height of a run's bar: its duration, seen from what the window's scale ends at.</summary>
    public static double Height(RunSummary run, double longest, DateTimeOffset now) =>
        run.StartedAt is { } start ? Math.Round(Math.Clamp(56 * (((run.FinishedAt ?? now) - start).TotalSeconds / longest), 3, 56), 1) : 0;

    public static double Longest(Grid grid, DateTimeOffset now) => BarScale.Top(
        grid.Runs.Where(run => run.Run.StartedAt is not null).Select(run => ((run.Run.FinishedAt ?? now) - run.Run.StartedAt!.Value).TotalSeconds));

    private string Tasks()
    {
        var shown = _rows.Count(row => !row.IsGroup);
        var all = $"{grid.Tasks.Count} {(grid.Tasks.Count == 1 ? "task" : "tasks")}";
        return shown == grid.Tasks.Count ? all : $"{shown} of {all}";
    }

    private void WriteCorner(TextWriter writer, HtmlEncoder encoder)
    {
        writer.Write("<th class=\"corner\" scope=\"col\"><span class=\"scale\">");
        if (grid.Runs.Count > 0)
            writer.Write(Times.Length(TimeSpan.FromSeconds(Longest(grid, now))));
        writer.Write($"</span><span class=\"cap\">{Tasks()}</span><span class=\"cap\">");
        if (grid.Runs.Count > 0)
        {
            var first = Times.Local(grid.Runs[0].Run.ScheduledFor, _zone).ToString("MMM uuuu", CultureInfo.InvariantCulture);
            var last = Times.Local(grid.Runs[^1].Run.ScheduledFor, _zone).ToString("MMM uuuu", CultureInfo.InvariantCulture);
            writer.Write(encoder.Encode(first == last ? last : $"{first} to {last}"));
        }

        writer.Write("</span></th>");
    }

    private void WriteHeader(TextWriter writer, HtmlEncoder encoder, int i, double longest)
    {
        var run = grid.Runs[i].Run;
        var height = Height(run, longest, now);
        var local = Times.Local(run.ScheduledFor, _zone);
        var title = $"{RunKind.Word(run.Kind)} run for {Times.ZonedText(run.ScheduledFor, _zone)} {_zone.Id}, {RunState.Word(run.State)}"
            + (run.StartedAt is null ? "" : $", {Times.Length(run.StartedAt, run.FinishedAt, now)}");
        var letter = run.Kind is 'm' or 'b' or 'a' ? char.ToUpperInvariant(run.Kind).ToString() : IsNewVersion(i) ? "v" : "";
        var href = encoder.Encode((query with { Run = run.RunId, Task = null }).Href());
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<th scope=\"col\" class=\"run{Marked(i)}\" data-run=\"{run.RunId}\">"));
        writer.Write($"<a href=\"{href}\" aria-label=\"{encoder.Encode(title)}\"><svg width=\"17\" height=\"{BarBox}\" aria-hidden=\"true\">");
        writer.Write(string.Create(CultureInfo.InvariantCulture,
            $"<rect class=\"bar {Marks.Class(run.State)}\" x=\"3.5\" y=\"{BarBox - height}\" width=\"10\" height=\"{height}\" rx=\"1.5\"/></svg>"));
        writer.Write($"<i>{letter}</i><b>{(_days ? local.Day : local.Hour):00}</b></a></th>");
    }

    /// <summary>A group's cell leads to the first of its tasks that is as bad as it.</summary>
    private void WriteGroup(TextWriter writer, HtmlEncoder encoder, GridRow group, string[] prefixes)
    {
        var href = encoder.Encode(GridRows.Toggled(query, _rows, group).Href());
        writer.Write($"<tr class=\"grp{(group.Open ? " open" : "")}\" data-task=\"{encoder.Encode(group.Key)}\"><th scope=\"row\"{Deep(group)}>");
        writer.Write($"<a class=\"tw\" href=\"{href}\" aria-expanded=\"{(group.Open ? "true" : "false")}\">{encoder.Encode(group.Label)}</a> <span class=\"cap\">{group.Tasks.Count}</span></th>");
        for (var i = 0; i < grid.Runs.Count; i++)
        {
            var strip = grid.Runs[i].Strip;
            var state = GridRows.Worst(strip, group.Tasks);
            if (state == '.')
            {
                writer.Write($"<td class=\"none{Marked(i)}\"></td>");
                continue;
            }

            var worst = grid.Tasks[group.Tasks.First(t => strip[t] == state)].TaskId;
            var current = !group.Open && query.Run == grid.Runs[i].Run.RunId && query.Task?.StartsWith(group.Key, StringComparison.Ordinal) == true ? " cur" : "";
            writer.Write($"<td class=\"{Marks.Class(state)}{Marked(i)}{current}\"><a href=\"{prefixes[i]}{encoder.Encode($"&task={Uri.EscapeDataString(worst)}")}\" aria-label=\"{TaskState.Word(state)}\"></a></td>");
        }

        writer.Write("</tr>\n");
    }

    private static string Deep(GridRow row) => row.Depth > 0 ? $" class=\"in{Math.Min(row.Depth, 3)}\"" : "";

    private void WriteRow(TextWriter writer, HtmlEncoder encoder, GridRow row, string[] prefixes)
    {
        var t = row.Tasks[0];
        var task = grid.Tasks[t];
        var escaped = encoder.Encode($"{(prefixes.Length > 0 ? "&" : "")}task={Uri.EscapeDataString(task.TaskId)}");
        var latest = Enumerable.Range(0, grid.Runs.Count).LastOrDefault(i => grid.Runs[i].Strip[t] != '.', -1);
        writer.Write($"<tr data-task=\"{encoder.Encode(task.TaskId)}\"><th scope=\"row\"{Deep(row)}>");
        writer.Write(latest < 0 ? $"<span>{encoder.Encode(row.Label)}</span>" : $"<a href=\"{prefixes[latest]}{escaped}\">{encoder.Encode(row.Label)}</a>");
        writer.Write(task.Mapped ? " <span class=\"cap\" title=\"mapped: one instance an element\">&#xD7; n</span>" : "");
        writer.Write(task.Role switch
        {
            TaskRole.Teardown => " <span class=\"cap\" title=\"takes down what its setups made, however the run goes\">teardown</span></th>",
            TaskRole.OnFailure => " <span class=\"cap\" title=\"runs when its task, or the run, has failed\">on failure</span></th>",
            TaskRole.OnSuccess => " <span class=\"cap\" title=\"runs when its task, or the run, has succeeded\">on success</span></th>",
            TaskRole.Undo => " <span class=\"cap\" title=\"takes back what its task has done, when the run fails or is cancelled\">undo</span></th>",
            _ => "</th>",
        });
        for (var i = 0; i < grid.Runs.Count; i++)
        {
            var state = grid.Runs[i].Strip[t];
            if (state == '.')
            {
                writer.Write($"<td class=\"none{Marked(i)}\"></td>");
                continue;
            }

            var current = query.Run == grid.Runs[i].Run.RunId && query.Task == task.TaskId ? " cur" : "";
            writer.Write($"<td class=\"{Marks.Class(state)}{Marked(i)}{current}\"><a href=\"{prefixes[i]}{escaped}\" aria-label=\"{TaskState.Word(state)}\"></a></td>");
        }

        writer.Write("</tr>\n");
    }

    private string Marked(int i) => (IsNewVersion(i) ? " ver" : "") + (grid.Runs[i].Run.RunId == query.Run ? " sel" : "");

    private bool IsNewVersion(int i) => i > 0 && grid.Runs[i].VersionId != grid.Runs[i - 1].VersionId;
}
