using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>
/// Years of runs on one screen, as SVG: a band for about twelve months (or 366 runs, where a day has several), a column a run, a row a task.
/// Full height is loud, short succeeded, thin did not run, a gap had no run. Neighbours of one state are one stroke,
/// so 1,461 runs stay a few kilobytes. A band is as wide as the window; the newest month ends the newest band.
/// </summary>
internal sealed class YearBands(Grid grid, GridQuery query) : IHtmlContent
{
    private const int Pitch = 3;
    private const int Columns = 366;
    private const int RunsRow = 18;
    private const int MonthRow = 24;
    private const int Gap = 8;
    private const int Labels = 150;

    /// <summary>The height that a usual screen has for all bands together, in pixels.</summary>
    private const int Room = 650;

    private const int MostNamed = 3;

    /// <summary>Columns; the name of a month with fewer would run into the next one.</summary>
    private const int NarrowMonth = 18;

    private readonly DateTimeZone _zone = Times.Zone(grid.Dag.Spec.TimeZone);

    /// <summary>Run <c>Index</c> of the grid stands in column <c>Column</c> of the band.</summary>
    private sealed record Band(string Name, int Columns, IReadOnlyList<(int Column, int Index)> Runs);

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var bands = Bands();
        var row = Math.Clamp((Room - (bands.Count * (RunsRow + MonthRow + Gap))) / Math.Max(1, bands.Count * grid.Tasks.Count), 2, 14);
        foreach (var band in bands)
            WriteBand(writer, encoder, band, row);
    }

    private static double Stroke(char state, double row) => state switch
    {
        'f' or 'r' or 'y' or 'a' => row < 6 ? row : row - 1,
        's' => Math.Max(1.5, row * 0.55),
        _ => Math.Max(1, row * 0.2),
    };

    /// <summary>The day whose data a run stands for: the year 2015 ends with its own last day, not with the run made on New Year.</summary>
    private LocalDate Day(RunSummary run) => Times.Local(run.Interval?.Start ?? run.ScheduledFor, _zone).Date;

    /// <summary>Whole months between a day's month and the last one before <paramref name="end"/>.</summary>
    private static int Months(LocalDate day, LocalDate end) => ((end.Year - day.Year) * 12) + end.Month - day.Month - 1;

    private List<Band> Bands()
    {
        var dates = grid.Runs.Select(run => Day(run.Run)).ToArray();
        if (dates.Length > 0 && dates.Distinct().Count() == dates.Length)
        {
            var end = dates.Max().With(DateAdjusters.StartOfMonth).PlusMonths(1);
            var span = Months(dates.Min(), end) + 1;
            var months = (int)Math.Ceiling(span / Math.Max(1, Math.Round(span / 12.0)));
            return [.. dates.Select((date, i) => (date, i)).GroupBy(day => Months(day.date, end) / months).OrderByDescending(group => group.Key).Select(group =>
            {
                var first = end.PlusMonths(-months * (group.Key + 1));
                var last = first.PlusMonths(months).PlusDays(-1);
                return new Band(
                    first.Year == last.Year ? $"{last.Year}" : $"{first.Year} to {last.Year}", Period.DaysBetween(first, last) + 1,
                    [.. group.Select(day => (Period.DaysBetween(first, day.date), day.i))]);
            })];
        }

        return [.. Enumerable.Range(0, dates.Length).Chunk(Columns).Select(chunk =>
            new Band($"{dates[chunk[0]]:uuuu-MM-dd}", Columns, [.. chunk.Select((i, column) => (column, i))]))];
    }

    private void WriteBand(TextWriter writer, HtmlEncoder encoder, Band band, int row)
    {
        var height = RunsRow + MonthRow + (row * grid.Tasks.Count) + Gap;
        writer.Write($"<div class=\"years\"><svg width=\"{Labels}\" height=\"{height}\" aria-hidden=\"true\"><text class=\"y\" x=\"0\" y=\"13\">{encoder.Encode(band.Name)}</text>");
        if (row >= 9)
        {
            for (var t = 0; t < grid.Tasks.Count; t++)
            {
                var name = grid.Tasks[t].TaskId;
                writer.Write($"<text x=\"0\" y=\"{RunsRow + MonthRow + (row * t) + row - ((row - 7) / 2) - 1}\">{encoder.Encode(Short(name))}<title>{encoder.Encode(name)}</title></text>");
            }
        }

        writer.Write($"</svg><svg class=\"years\" width=\"100%\" height=\"{height}\" role=\"group\"");
        writer.Write($" aria-label=\"{encoder.Encode(band.Name)}: {band.Runs.Count} {(band.Runs.Count == 1 ? "run" : "runs")}\">");
        writer.Write($"<svg viewBox=\"0 0 {band.Columns * Pitch} {height}\" preserveAspectRatio=\"none\">");
        WriteStates(writer, band, RunsRow - 4, _ => 8, (_, index) => grid.Runs[index].Run.State, 1);
        WriteStates(writer, band, row, t => RunsRow + MonthRow + (row * (t + 0.5)), (t, index) => grid.Runs[index].Strip[t], grid.Tasks.Count);
        foreach (var (column, index) in band.Runs)
            WriteRun(writer, encoder, column, index, height - Gap);
        writer.Write("</svg>");
        WriteMonths(writer, encoder, band);
        writer.Write("</svg></div>\n");
    }

    /// <summary>The whole column of a run: its title says how it went, and it opens the panel.</summary>
    private void WriteRun(TextWriter writer, HtmlEncoder encoder, int column, int index, int height)
    {
        var (run, strip) = (grid.Runs[index].Run, grid.Runs[index].Strip);
        var failed = Enumerable.Range(0, grid.Tasks.Count).Where(t => strip[t] == 'f').Select(t => grid.Tasks[t].TaskId).ToList();
        var names = failed.Count == 0 ? "" : $": {string.Join(", ", failed.Take(MostNamed))}{(failed.Count > MostNamed ? $" and {failed.Count - MostNamed} more" : "")}";
        var href = encoder.Encode((query with { Run = run.RunId, Task = null }).Href());
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"<a href=\"{href}\" data-run=\"{run.RunId}\"{(run.RunId == query.Run ? " class=\"sel\"" : "")}>"));
        writer.Write($"<rect x=\"{column * Pitch}\" width=\"{Pitch}\" height=\"{height}\"/><title>{encoder.Encode($"{Times.DayText(run.ScheduledFor, _zone)} {RunState.Word(run.State)}{names}")}</title></a>");
    }

    /// <summary>Each month links to its days as a table.</summary>
    private void WriteMonths(TextWriter writer, HtmlEncoder encoder, Band band)
    {
        var months = band.Runs.GroupBy(run => Day(grid.Runs[run.Index].Run).ToYearMonth()).ToList();
        foreach (var (month, next) in months.Zip(months.Skip(1).Append(null)))
        {
            if (next is not null && next.First().Column - month.First().Column < NarrowMonth)
                continue;
            var last = grid.Runs[month.Last().Index].Run.ScheduledFor;
            var href = (query.In(GridQuery.Usual) with { Runs = Math.Min(month.Count(), GridQuery.MostColumns), End = last, Run = null, Task = null }).Href();
            var x = (100.0 * month.First().Column / band.Columns).ToString("0.##", CultureInfo.InvariantCulture);
            writer.Write($"<a href=\"{encoder.Encode(href)}\"><rect x=\"{x}%\" y=\"{RunsRow}\" width=\"{MonthRow}\" height=\"{MonthRow}\"/><text x=\"{x}%\" y=\"{RunsRow + 16}\">{month.Key.ToString("MMM", CultureInfo.InvariantCulture)}</text></a>");
        }
    }

    private static void WriteStates(TextWriter writer, Band band, int row, Func<int, double> centre, Func<int, int, char> state, int rows)
    {
        var paths = new SortedDictionary<char, StringBuilder>();
        for (var t = 0; t < rows; t++)
        {
            for (var i = 0; i < band.Runs.Count;)
            {
                var (column, index) = band.Runs[i];
                var shown = state(t, index);
                var length = 1;
                while (i + length < band.Runs.Count && band.Runs[i + length].Column == column + length && state(t, band.Runs[i + length].Index) == shown)
                    length++;
                i += length;
                if (shown == '.')
                    continue;
                if (!paths.TryGetValue(shown, out var path))
                    paths[shown] = path = new StringBuilder();
                path.Append(CultureInfo.InvariantCulture, $"M{column * Pitch} {centre(t):0.#}h{(length * Pitch) - 1}");
            }
        }

        foreach (var (shown, path) in paths)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $"<path class=\"line {Marks.Class(shown)}\" stroke-width=\"{Stroke(shown, row):0.#}\" d=\"{path}\"/>"));
        }
    }

    /// <summary>The task without its groups, as wide as there is room; its title has all of it.</summary>
    private static string Short(string task)
    {
        var name = task[(task.LastIndexOf('.') + 1)..];
        return name.Length <= 24 ? name : name[..23] + "…";
    }
}
