using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Views;

/// <summary>Looks through one chunk. Text is compared as people see it: without escapes, and without time and level.</summary>
internal static class LogScan
{
    /// <summary>How long one chunk may take when every line of it is compared with an expression.</summary>
    private static readonly TimeSpan PerChunk = TimeSpan.FromMilliseconds(250);

    /// <summary>The numbers of the lines of the kind that have a hit. False when the time is up: the list holds those before.</summary>
    public static bool Hits(LogBlock block, LogPattern pattern, LogShow show, TimeProvider time, List<int> into)
    {
        var buffer = ArrayPool<char>.Shared.Rent(block.Body.Length);
        try
        {
            var text = buffer.AsSpan(0, Encoding.UTF8.GetChars(block.Body, buffer));
            text = text[..AnsiText.Strip(text)];
            if (pattern.IsRegex)
                return ByLine(text, block.FirstLine, pattern, show, time, into);
            ByText(text, block.FirstLine, pattern, show, into);
            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>The whole chunk at once: only lines with a hit are looked at one by one.</summary>
    private static void ByText(ReadOnlySpan<char> text, int number, LogPattern pattern, LogShow show, List<int> into)
    {
        while (pattern.IndexIn(text) is >= 0 and var found)
        {
            var start = text[..found].LastIndexOf('\n') + 1;
            number += start == 0 ? 0 : text[..start].Count('\n');
            text = text[start..];
            var end = text.IndexOf('\n');
            var line = end < 0 ? text : text[..end];
            // The hit may lie in the time, or reach over the level.
            if (show.Holds(Level(line)) && pattern.IsIn(Shown(line)))
                into.Add(number);
            text = end < 0 ? default : text[(end + 1)..];
            number++;
        }
    }

    private static bool ByLine(ReadOnlySpan<char> text, int number, LogPattern pattern, LogShow show, TimeProvider time, List<int> into)
    {
        var began = time.GetTimestamp();
        try
        {
            for (; !text.IsEmpty; number++)
            {
                var end = text.IndexOf('\n');
                var line = end < 0 ? text : text[..end];
                if (show.Holds(Level(line)) && pattern.IsIn(Shown(line)))
                    into.Add(number);
                text = end < 0 ? default : text[(end + 1)..];
                if (number % 64 == 0 && time.GetElapsedTime(began) > PerChunk)
                    return false;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }

        return true;
    }

    private static ReadOnlySpan<char> Shown(ReadOnlySpan<char> line) => Tab(line) is > 0 and var tab ? line[(tab + 3)..] : line;

    private static char Level(ReadOnlySpan<char> line) => Tab(line) is > 0 and var tab ? line[tab + 1] : 'I';

    private static int Tab(ReadOnlySpan<char> line)
    {
        var tab = line.IndexOf('\t');
        return tab > 0 && line.Length > tab + 2 && line[tab + 2] == '\t' ? tab : -1;
    }
}
