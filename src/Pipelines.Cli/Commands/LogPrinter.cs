using System.Globalization;
using Pipelines.Cli.Output;
using Pipelines.Engine.Ports;

namespace Pipelines.Cli.Commands;

/// <summary>Prints the log of an attempt, page by page, and goes on while it runs if asked to.</summary>
internal sealed class LogPrinter(Session session, InstanceKey key, short attempt)
{
    private const int PageSize = 1000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

    private readonly List<LogLineView> _document = [];
    private int _next = 1;

    public async Task PrintAsync(int? tail, bool follow)
    {
        if (tail is { } last)
            _next = Math.Max(1, (await PageAsync(0)).TotalLines - last + 1);
        while (true)
        {
            // Asked before the lines are read: an attempt's last lines are stored before its end is.
            var ended = !follow || await EndedAsync();
            await DrainAsync(follow);
            if (ended)
                break;
            await Task.Delay(Poll, session.Cancellation);
        }

        if (!follow)
            session.Screen.Document(_document);
        if (_next == 1)
            session.Screen.Say("(the attempt logged nothing)");
    }

    private async Task DrainAsync(bool follow)
    {
        while (true)
        {
            var page = await PageAsync(PageSize);
            foreach (var line in page.Lines)
                Print(line, follow);
            if (page.Lines is [.., var last])
                _next = last.Number + 1;
            if (page.Lines.Count < PageSize)
                return;
        }
    }

    private void Print(LogLine line, bool follow)
    {
        if (!session.Screen.IsJson)
            session.Screen.Raw(string.Create(CultureInfo.InvariantCulture, $"{line.At.UtcDateTime:HH:mm:ss.fff} {line.Level} {line.Text}"));
        else if (follow)
            session.Screen.Raw(Json.WriteLine(LogLineView.Of(line)));
        else
            _document.Add(LogLineView.Of(line));
    }

    private Task<LogPage> PageAsync(int lines) => session.Console.LogAsync(key, attempt, _next, lines, session.Cancellation);

    private async Task<bool> EndedAsync() =>
        (await session.Console.AttemptsAsync(key, session.Cancellation)).LastOrDefault(one => one.Attempt == attempt) is not { State: 'r' };
}
