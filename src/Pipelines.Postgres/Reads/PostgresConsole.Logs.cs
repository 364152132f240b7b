using System.Globalization;
using System.Text;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    /// <summary>Year 5138: a stored number past it is no time.</summary>
    private const long LastMicrosecond = 100_000_000_000_000_000;

    public Task<LogPage> LogAsync(InstanceKey key, short attempt, int firstLine, int lines, CancellationToken cancellation) => db.ReadAsync(
        async connection =>
        {
            var counts = (await QueryAsync(
                connection,
                "console/log_counts",
                row => (Total: row.GetInt32(0), Warnings: row.GetInt32(1), Errors: row.GetInt32(2),
                    Error: row.IsDBNull(3) ? null : FirstError(row.GetInt32(3), row.GetFieldValue<byte[]>(4))),
                cancellation,
                [.. Of(key), attempt]))[0];
            List<LogLine> shown = [];
            if (lines > 0)
            {
                // A chunk's lines that lie outside the window are never decoded.
                var end = (int)Math.Min(int.MaxValue, (long)firstLine + lines);
                var chunks = await QueryAsync(
                    connection, "console/log_window", row => (First: row.GetInt32(0), Body: row.GetFieldValue<byte[]>(1)), cancellation,
                    [.. Of(key), attempt, firstLine, end]);
                foreach (var chunk in chunks)
                    shown.AddRange(Lines(chunk.First, chunk.Body, firstLine, end));
            }

            return new LogPage(shown, counts.Total, counts.Warnings, counts.Errors, counts.Error);
        },
        cancellation);

    public async Task<IReadOnlyList<ArtefactRow>> ArtefactsAsync(InstanceKey key, CancellationToken cancellation) => await ReadAsync(
        "console/artefacts",
        row => new ArtefactRow(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt16(3), Time(row, 4)),
        cancellation,
        Of(key));

    public async Task<(string ContentType, byte[] Content)?> ArtefactAsync(InstanceKey key, string name, CancellationToken cancellation)
    {
        var found = await ReadAsync(
            "console/artefact", row => (row.GetString(0), row.GetFieldValue<byte[]>(1)), cancellation, [.. Of(key), Text(name)]);
        return found.Count == 0 ? null : found[0];
    }

    private static int? FirstError(int number, byte[] body)
    {
        foreach (var line in Lines(number, body, 1, int.MaxValue))
        {
            if (line.Level is 'E' or 'C')
                return line.Number;
        }

        return null;
    }

    /// <summary>Lines from <paramref name="from"/> to before <paramref name="end"/>: "unix-microseconds TAB level TAB text LF".</summary>
    private static IEnumerable<LogLine> Lines(int number, byte[] body, int from, int end)
    {
        for (var at = 0; at < body.Length && number < end; number++)
        {
            var length = body.AsSpan(at).IndexOf((byte)'\n');
            if (length < 0)
                length = body.Length - at;
            if (number >= from)
                yield return Line(number, body.AsSpan(at, length));
            at += length + 1;
        }
    }

    /// <summary>A line that is not in the format is shown as it is: a log must never keep its page from opening.</summary>
    private static LogLine Line(int number, ReadOnlySpan<byte> line)
    {
        var tab = line.IndexOf((byte)'\t');
        return tab > 0 && line.Length > tab + 2 && line[tab + 2] == (byte)'\t'
            && long.TryParse(line[..tab], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > -LastMicrosecond and < LastMicrosecond
            ? new LogLine(number, DateTimeOffset.UnixEpoch.AddTicks(microseconds * 10), (char)line[tab + 1], Encoding.UTF8.GetString(line[(tab + 3)..]))
            : new LogLine(number, DateTimeOffset.UnixEpoch, 'I', Encoding.UTF8.GetString(line));
    }
}
