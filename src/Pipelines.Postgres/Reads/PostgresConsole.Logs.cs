using Npgsql;
using Pipelines.Engine.Ports;
using static Pipelines.Postgres.Statements;

namespace Pipelines.Postgres;

public sealed partial class PostgresConsole
{
    public async Task<LogPage> LogAsync(InstanceKey key, short attempt, int firstLine, int lines, CancellationToken cancellation)
    {
        var log = new LogOf(key, attempt);
        var head = await LogHeadAsync(log, cancellation);
        int? error = null;
        if (head.Errors > 0 && await LogBlocksAsync(log, LogShow.Errors, 1, backward: false, 1, cancellation) is [var first])
            error = LogBody.Numbers(first, LogShow.Errors) is [var number, ..] ? number : null;
        List<LogLine> shown = [];
        if (lines > 0)
        {
            // A chunk's lines that lie outside the window are never decoded.
            var end = (int)Math.Min(int.MaxValue, (long)firstLine + lines);
            foreach (var block in await LogWindowAsync(log, LogShow.All, firstLine - 1, end - 1, cancellation))
                shown.AddRange(LogBody.Lines(block.FirstLine, block.Body, firstLine, end));
        }

        return new LogPage(shown, head.Lines, head.Warnings, head.Errors, error) { Bytes = head.Bytes };
    }

    public async Task<LogHead> LogHeadAsync(LogOf log, CancellationToken cancellation) =>
        (await ReadAsync("logs/head", row => new LogHead(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt64(3)), cancellation, Of(log)))[0];

    public async Task<IReadOnlyList<LogBlock>> LogBlocksAsync(LogOf log, LogShow show, int line, bool backward, int most, CancellationToken cancellation) =>
        await ReadAsync(backward ? "logs/backward" : "logs/forward", Block, cancellation, [.. Of(log), (int)show, line, most]);

    public async Task<IReadOnlyList<LogBlock>> LogWindowAsync(LogOf log, LogShow show, int from, int to, CancellationToken cancellation) => show == LogShow.All
        ? await ReadAsync("logs/window", Block, cancellation, [.. Of(log), from + 1, to + 1])
        : await ReadAsync("logs/window_of_level", Block, cancellation, [.. Of(log), (int)show, from, to]);

    public async Task<int> LogLinesBeforeAsync(LogOf log, LogShow show, int line, CancellationToken cancellation)
    {
        if (show == LogShow.All)
            return Math.Max(0, line - 1);
        var before = (await ReadAsync("logs/before", row => row.GetInt32(0), cancellation, [.. Of(log), (int)show, line]))[0];
        var own = await ReadAsync("logs/backward", Block, cancellation, [.. Of(log), (int)show, line, 1]);
        return before + (own is [var block] && block.FirstLine + block.Lines > line ? LogBody.Numbers(block, show).Count(number => number < line) : 0);
    }

    public async Task<IReadOnlyList<LogMark>> LogMarksAsync(LogOf log, int lines, int parts, CancellationToken cancellation) =>
        await ReadAsync("logs/marks", row => new LogMark(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), cancellation, [.. Of(log), lines, parts]);

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

    private static object[] Of(LogOf log) => [.. Of(log.Key), log.Attempt];

    private static LogBlock Block(NpgsqlDataReader row) => new(row.GetInt32(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2), row.GetInt32(3));
}
