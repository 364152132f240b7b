using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using NodaTime;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>
/// Years of runs on one screen, as SVG: a band a year (or 366 runs, where a day has several), a column a run, a row a task.
/// Full height is loud, short succeeded, thin did not run, a gap had no run. Neighbours of one state are one dashed stroke,
/// so 1,461 runs stay a few kilobytes.
/// </summary>
internal sealed class YearBands(Grid grid, GridQuery query) : IHtmlContent
{
    private const int Pitch = 3;
    private const int Columns = 366;
    private const int Labels = 112;
    private const int RunsRow = 18;
    private const int MonthRow = 13;
    private const int Gap = 8;

    /// <summary>The height that a usual screen has for all bands together, in pixels.</summary>
    private const int Room = 650;

    private readonly DateTimeZone _zone = Times.Zone(grid.Dag.Spec.TimeZone);

    /// <summary>Run <c>Index</c> of the grid stands in column <c>Column</c> of the band.</summary>
    private sealed record Band(string Name, IReadOnlyList<(int Column, int Index)> Runs);

    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        var bands = Bands();
        var row = Math.Clamp((Room - (bands.Count * (RunsRow + MonthRow + Gap))) / Math.Max(1, bands.Count * grid.Tasks.Count), 2, 12);
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

    private List<Band> Bands()
    {
        var dates = grid.Runs.Select(run => Day(run.Run)).ToArray();
        if (dates.Distinct().Count() == dates.Length)
        {
            return [.. dates.Select((date, i) => (date, i)).GroupBy(day => day.date.Year).Select(year =>
                new Band(year.Key.ToString(CultureInfo.InvariantCulture), [.. year.Select(day => (day.date.DayOfYear - 1, day.i))]))];
        }

        return [.. Enumerable.Range(0, dates.Length).Chunk(Columns).Select(chunk =>
            new Band($"{dates[chunk[0]]:uuuu-MM-dd}", [.. chunk.Select((i, column) => (column, i))]))];
    }

    private void WriteBand(TextWriter writer, HtmlEncoder encoder, Band band, int row)
    {
        var height = RunsRow + MonthRow + (row * grid.Tasks.Count) + Gap;
        writer.Write($"<svg class=\"years\" width=\"{Labels + (Columns * Pitch)}\" height=\"{height}\" role=\"group\"");
        writer.Write($" aria-label=\"{encoder.Encode(band.Name)}: {band.Runs.Count} runs\">");
        writer.Write($"<text class=\"y\" x=\"0\" y=\"13\">{encoder.Encode(band.Name)}</text>");
        WriteRuns(writer, band);
        WriteMonths(writer, encoder, band);
        if (row >= 9)
        {
            for (var t = 0; t < grid.Tasks.Count; t++)
                writer.Write($"<text x=\"0\" y=\"{RunsRow + MonthRow + (row * t) + row - 2}\">{encoder.Encode(Short(grid.Tasks[t].TaskId))}</text>");
        }

        WriteStates(writer, band, row, t => RunsRow + MonthRow + (row * (t + 0.5)), (t, index) => grid.Runs[index].Strip[t], grid.Tasks.Count);
        writer.Write("</svg>\n");
    }

    /// <summary>The runs themselves: the first row, twice as high.</summary>
    private void WriteRuns(TextWriter writer, Band band) => WriteStates(writer, band, RunsRow - 4, _ => 8, (_, index) => grid.Runs[index].Run.State, 1);

    /// <summary>Each month links to its days as a table.</summary>
    private void WriteMonths(TextWriter writer, HtmlEncoder encoder, Band band)
    {
        foreach (var month in band.Runs.GroupBy(run => Day(grid.Runs[run.Index].Run).ToYearMonth()))
        {
            var last = grid.Runs[month.Last().Index].Run.ScheduledFor;
            var href = (query.In(GridQuery.Usual) with { Runs = Math.Min(month.Count(), GridQuery.MostColumns), End = last, Run = null, Task = null }).Href();
            writer.Write($"<a href=\"{encoder.Encode(href)}\"><text x=\"{Labels + (month.First().Column * Pitch)}\" y=\"{RunsRow + 9}\">"
                + $"{month.Key.ToString("MMM", CultureInfo.InvariantCulture)}</text></a>");
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
                path.Append(CultureInfo.InvariantCulture, $"M{Labels + (column * Pitch)} {centre(t):0.#}h{(length * Pitch) - 1}");
            }
        }

        foreach (var (shown, path) in paths)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture,
                $"<path class=\"line {Marks.Class(shown)}\" stroke-width=\"{Stroke(shown, row):0.#}\" d=\"{path}\"/>"));
        }
    }

    private static string Short(string task) => task.Length <= 18 ? task : task[..17] + "…";
}
