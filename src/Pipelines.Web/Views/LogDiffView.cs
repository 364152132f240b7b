using System.Text.RegularExpressions;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>A line of a comparison.</summary>
/// <param name="Kind">'+' only here, '-' only in the good run, ' ' in both, '…' lines left out.</param>
/// <param name="Number">In the log that has it; of lines left out their count.</param>
internal readonly record struct DiffLine(char Kind, int Number, string Text);

/// <summary>What an attempt's log has that the last good run's has not, and the other way round: numbers, ids and times are not compared.</summary>
/// <param name="Good">Null: there is no good run to compare with.</param>
/// <param name="Lines">What differs, with some lines around.</param>
/// <param name="Cut">Not all lines were compared.</param>
/// <param name="Empty">The good run wrote no line, or its log is gone.</param>
internal sealed partial record LogDiffView(GoodRun? Good, IReadOnlyList<DiffLine> Lines, bool Cut, bool Empty = false)
{
    /// <summary>Lines of each log that are compared; of a longer one those around the first failure.</summary>
    public const int Most = 2000;

    private const int AfterFailure = 300;
    private const int Context = 3;
    private const int LongestLine = 500;

    public static async Task<LogDiffView> ReadAsync(IConsole console, TaskView view, LogOf log, int? failure, CancellationToken cancellation)
    {
        if (await console.LastGoodAsync(view.RunId, view.TaskId, view.Map, cancellation) is not { } good)
            return new(null, [], false);
        var own = await console.LogAsync(log.Key, log.Attempt, 1, 0, cancellation);
        var from = own.TotalLines <= Most ? 1 : Math.Max(1, Math.Min((failure ?? own.TotalLines) + AfterFailure, own.TotalLines) - Most + 1);
        var here = (await console.LogAsync(log.Key, log.Attempt, from, Most, cancellation)).Lines;
        var there = await console.LogAsync(good.Key, good.Attempt, 1, Most, cancellation);
        if (there.TotalLines > Most && from > 1)
            there = await console.LogAsync(good.Key, good.Attempt, Math.Min(from, there.TotalLines - Most + 1), Most, cancellation);
        if (there.TotalLines == 0)
            return new(good, [], false, Empty: true);
        return new(good, Folded(Compare(there.Lines, here)), own.TotalLines > Most || there.TotalLines > Most);
    }

    /// <summary>The longest common sequence of lines, and what each has besides.</summary>
    internal static List<DiffLine> Compare(IReadOnlyList<LogLine> there, IReadOnlyList<LogLine> here)
    {
        var (a, b) = (there.Select(Normal).ToArray(), here.Select(Normal).ToArray());
        var longest = new ushort[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var k = b.Length - 1; k >= 0; k--)
                longest[i, k] = a[i] == b[k] ? (ushort)(longest[i + 1, k + 1] + 1) : Math.Max(longest[i + 1, k], longest[i, k + 1]);
        }

        var lines = new List<DiffLine>();
        for (int i = 0, k = 0; i < a.Length || k < b.Length;)
        {
            if (i < a.Length && k < b.Length && a[i] == b[k])
            {
                lines.Add(Line(' ', here[k++]));
                i++;
            }
            else
            {
                lines.Add(k >= b.Length || (i < a.Length && longest[i + 1, k] >= longest[i, k + 1]) ? Line('-', there[i++]) : Line('+', here[k++]));
            }
        }

        return lines;
    }

    /// <summary>Without the equal lines that are far from any difference.</summary>
    internal static List<DiffLine> Folded(List<DiffLine> lines)
    {
        var near = new bool[lines.Count];
        for (var i = 0; i < lines.Count; i++)
        {
            for (var k = Math.Max(0, i - Context); lines[i].Kind != ' ' && k <= Math.Min(lines.Count - 1, i + Context); k++)
                near[k] = true;
        }

        var folded = new List<DiffLine>();
        for (var i = 0; i < lines.Count;)
        {
            var start = i;
            while (i < lines.Count && !near[i])
                i++;
            if (i > start)
                folded.Add(new('…', i - start, i - start == 1 ? "1 line is the same" : $"{i - start:N0} lines are the same"));
            for (; i < lines.Count && near[i]; i++)
                folded.Add(lines[i]);
        }

        return folded;
    }

    private static string Normal(LogLine line) => Changing().Replace(Short(line), "#");

    private static DiffLine Line(char kind, LogLine line) => new(kind, line.Number, Short(line));

    private static string Short(LogLine line) => LogText.Plain(line.Text.Length > LongestLine ? line.Text[..LongestLine] : line.Text);

    [GeneratedRegex("[0-9a-fA-F]{8}[0-9a-fA-F-]*|[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Changing();
}
