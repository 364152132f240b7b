using System.Globalization;
using System.Text;

namespace Pipelines.Engine.Ports;

/// <summary>Reads what <see cref="LogChunk"/> holds: UTF-8, a line is "unix-microseconds TAB level TAB text LF".</summary>
public static class LogBody
{
    /// <summary>Year 5138: a stored number past it is no time.</summary>
    private const long LastMicrosecond = 100_000_000_000_000_000;

    /// <summary>Whether lines of the level are of the kind.</summary>
    public static bool Holds(this LogShow show, char level) => show == LogShow.All || level is 'E' or 'C' || (show == LogShow.Warnings && level == 'W');

    /// <summary>Lines of the kind, from one number to before another; the others are not decoded.</summary>
    public static IEnumerable<LogLine> Lines(int number, byte[] body, int from = 1, int end = int.MaxValue, LogShow show = LogShow.All)
    {
        for (var at = 0; at < body.Length && number < end; number++)
        {
            var length = body.AsSpan(at).IndexOf((byte)'\n');
            if (length < 0)
                length = body.Length - at;
            if (number >= from && show.Holds(Level(body.AsSpan(at, length))))
                yield return Line(number, body.AsSpan(at, length));
            at += length + 1;
        }
    }

    /// <summary>The numbers of the lines of the kind.</summary>
    public static IReadOnlyList<int> Numbers(LogBlock block, LogShow show)
    {
        var numbers = new List<int>();
        var rest = block.Body.AsSpan();
        for (var number = block.FirstLine; !rest.IsEmpty; number++)
        {
            var length = rest.IndexOf((byte)'\n');
            if (show.Holds(Level(length < 0 ? rest : rest[..length])))
                numbers.Add(number);
            rest = length < 0 ? default : rest[(length + 1)..];
        }

        return numbers;
    }

    private static char Level(ReadOnlySpan<byte> line) => Tab(line) is > 0 and var tab ? (char)line[tab + 1] : 'I';

    /// <summary>A line that is not in the format is shown as it is: a log must never keep its page from opening.</summary>
    private static LogLine Line(int number, ReadOnlySpan<byte> line) =>
        Tab(line) is > 0 and var tab
        && long.TryParse(line[..tab], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds)
        && microseconds is > -LastMicrosecond and < LastMicrosecond
            ? new LogLine(number, DateTimeOffset.UnixEpoch.AddTicks(microseconds * 10), (char)line[tab + 1], Encoding.UTF8.GetString(line[(tab + 3)..]))
            : new LogLine(number, DateTimeOffset.UnixEpoch, 'I', Encoding.UTF8.GetString(line));

    /// <summary>Where the tab before the level is; -1: the line is in no format of ours.</summary>
    private static int Tab(ReadOnlySpan<byte> line)
    {
        var tab = line.IndexOf((byte)'\t');
        return tab > 0 && line.Length > tab + 2 && line[tab + 2] == (byte)'\t' ? tab : -1;
    }
}
