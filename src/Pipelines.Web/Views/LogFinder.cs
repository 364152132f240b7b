using System.Runtime.CompilerServices;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>What one step of a search found.</summary>
/// <param name="Lines">The numbers of the lines with a hit.</param>
/// <param name="To">The last line that has been looked at.</param>
/// <param name="Late">The search took too long and ends here.</param>
internal sealed record LogHits(IReadOnlyList<int> Lines, int To, bool Late);

/// <summary>Goes through a log chunk by chunk, in order, and stops when it has what was asked for. Headers say which chunks hold no line of the kind.</summary>
internal sealed class LogFinder(IConsole console, LogOf log, LogShow show, TimeProvider time)
{
    /// <summary>The first answer must come soon, so the first step is small.</summary>
    private const int FirstStep = 4;

    private const int Step = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>All hits from a line on.</summary>
    public async IAsyncEnumerable<LogHits> HitsAsync(LogPattern pattern, int from, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        await foreach (var blocks in StepsAsync(show, from, backward: false, cancellation))
        {
            var lines = new List<int>();
            foreach (var block in blocks)
            {
                var late = !LogScan.Hits(block, pattern, show, time, lines);
                if (!late && time.GetElapsedTime(began) < Patience)
                    continue;
                yield return new(Since(lines, from), late ? block.FirstLine : block.FirstLine + block.Lines - 1, Late: true);
                yield break;
            }

            yield return new(Since(lines, from), blocks[^1].FirstLine + blocks[^1].Lines - 1, Late: false);
        }
    }

    /// <summary>The first hit after a line; null: there is none, or none was found in time.</summary>
    public async Task<int?> NextAsync(LogPattern pattern, int after, CancellationToken cancellation)
    {
        if (after == int.MaxValue)
            return null;
        await foreach (var hits in HitsAsync(pattern, after + 1, cancellation))
        {
            if (hits.Lines.Count > 0)
                return hits.Lines[0];
        }

        return null;
    }

    /// <summary>The last hit before a line.</summary>
    public async Task<int?> PreviousAsync(LogPattern pattern, int before, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        await foreach (var blocks in StepsAsync(show, before - 1, backward: true, cancellation))
        {
            foreach (var block in blocks)
            {
                var lines = new List<int>();
                var late = !LogScan.Hits(block, pattern, show, time, lines);
                if (lines.LastOrDefault(line => line < before) is > 0 and var found)
                    return found;
                if (late || time.GetElapsedTime(began) > Patience)
                    return null;
            }
        }

        return null;
    }

    /// <summary>Where the next group of failed lines begins: the lines of a stack trace are one.</summary>
    public async Task<int?> NextErrorAsync(int after, CancellationToken cancellation)
    {
        var last = -1;
        await foreach (var blocks in StepsAsync(LogShow.Errors, Math.Max(1, after), backward: false, cancellation))
        {
            foreach (var line in blocks.SelectMany(block => LogBody.Numbers(block, LogShow.Errors)).Where(line => line >= after))
            {
                if (line > after && line != last + 1)
                    return line;
                last = line;
            }
        }

        return null;
    }

    /// <summary>Where the group of failed lines before a line begins.</summary>
    public async Task<int?> PreviousErrorAsync(int before, CancellationToken cancellation)
    {
        int? start = null;
        await foreach (var blocks in StepsAsync(LogShow.Errors, before - 1, backward: true, cancellation))
        {
            foreach (var line in blocks.SelectMany(block => LogBody.Numbers(block, LogShow.Errors).Reverse()).Where(line => line < before))
            {
                if (start is { } first && line != first - 1)
                    return first;
                start = line;
            }
        }

        return start;
    }

    private static List<int> Since(List<int> lines, int from) => lines.Count == 0 || lines[0] >= from ? lines : [.. lines.Where(line => line >= from)];

    /// <summary>Chunks in order, the next ones asked for while these are looked through.</summary>
    private async IAsyncEnumerable<IReadOnlyList<LogBlock>> StepsAsync(LogShow kind, int line, bool backward, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (line < 1)
            yield break;
        var next = console.LogBlocksAsync(log, kind, line, backward, FirstStep, cancellation);
        try
        {
            while (await next is [.., var last] blocks)
            {
                line = backward ? last.FirstLine - 1 : last.FirstLine + Math.Max(1, last.Lines);
                next = line < 1 ? Task.FromResult<IReadOnlyList<LogBlock>>([]) : console.LogBlocksAsync(log, kind, line, backward, Step, cancellation);
                yield return blocks;
            }
        }
        finally
        {
            // Who has found something leaves the chunks asked for ahead: their query ends by itself, and its failure is nobody's.
            _ = next.ContinueWith(static left => left.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }
}
