using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>The rows of a window.</summary>
/// <param name="Index">Of the first row, among all lines that are shown.</param>
internal sealed record LogRows(IReadOnlyList<LogLine> Lines, int Index, LogLook Look)
{
    public int End => Index + Lines.Count;

    public static async Task<LogRows> ReadAsync(IConsole console, LogOf log, LogLook look, int from, int count, CancellationToken cancellation)
    {
        var (show, to) = (look.Query.Show, (int)Math.Min(int.MaxValue - 1, (long)from + count));
        var lines = new List<LogLine>();
        foreach (var block in await console.LogWindowAsync(log, show, from, to, cancellation))
        {
            if (show == LogShow.All)
                lines.AddRange(LogBody.Lines(block.FirstLine, block.Body, from + 1, to + 1));
            else
                lines.AddRange(LogBody.Lines(block.FirstLine, block.Body, show: show).Skip(Math.Max(0, from - block.Before)).Take(to - Math.Max(from, block.Before)));
        }

        return new(lines, from, look);
    }
}

/// <summary>A line worth going to.</summary>
internal sealed record LogJump(int Line, bool Failed, string Text);

/// <summary>Where to go in a log: its first failures and warnings, and a map of where the others are.</summary>
internal sealed record LogJumps(int? FirstError, IReadOnlyList<LogJump> Lines, IReadOnlyList<LogMark> Marks)
{
    /// <summary>How fine the map is.</summary>
    public const int Parts = 200;

    public static readonly LogJumps None = new(null, [], []);

    private const int MostErrors = 5;
    private const int MostWarnings = 4;
    private const int LongestText = 80;

    public static async Task<LogJumps> ReadAsync(IConsole console, LogOf log, LogHead head, CancellationToken cancellation)
    {
        if (head.Warnings + head.Errors == 0)
            return None;
        var failures = head.Errors > 0 ? await FirstAsync(LogShow.Errors) : [];
        var warnings = head.Warnings > 0 ? await FirstAsync(LogShow.Warnings) : [];
        var marks = await console.LogMarksAsync(log, head.Lines, Parts, cancellation);
        var groups = failures.Where((line, i) => i == 0 || failures[i - 1].Number != line.Number - 1).Take(MostErrors);
        return new(
            failures.Count > 0 ? failures[0].Number : null,
            [.. groups.Concat(warnings.Where(line => line.Level == 'W').Take(MostWarnings)).OrderBy(line => line.Number).Select(Jump)], marks);

        async Task<List<LogLine>> FirstAsync(LogShow show) =>
            [.. (await console.LogBlocksAsync(log, show, 1, backward: false, 1, cancellation)).SelectMany(block => LogBody.Lines(block.FirstLine, block.Body, show: show)).Take(200)];
    }

    private static LogJump Jump(LogLine line)
    {
        var text = LogText.Plain(line.Text.Length > LogText.LongestLine ? line.Text[..LogText.LongestLine] : line.Text).Trim();
        return new(line.Number, line.Level != 'W', text.Length > LongestText ? text[..LongestText] : text);
    }
}
