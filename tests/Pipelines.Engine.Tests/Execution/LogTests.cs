using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;

namespace Pipelines.Engine.Tests.Execution;

[Collection(OnTheConsole.Name)]
public sealed class LogTests : IAsyncDisposable
{
    private readonly FakeStore _store = new();
    private readonly LogShipper _shipper;
    private readonly RunningAttempt _attempt = new(OutcomeTests.Assigned(), 1);

    public LogTests() => _shipper = new LogShipper(_store, NullLogger<LogShipper>.Instance);

    [Fact]
    public async Task Lines_arrive_in_order_in_chunks_whose_numbers_go_on_from_1()
    {
        var log = Started();
        for (var i = 1; i <= 5000; i++)
        {
            log.Write(i % 100 == 0 ? LogLevel.Warning : i % 1000 == 1 ? LogLevel.Error : LogLevel.Information, $"line {i} {new string('.', 40)}");
            if (i % 700 == 0)
                await _shipper.FlushAsync(log);
        }

        await _shipper.FlushAsync(log);
        Assert.Equal(Enumerable.Range(1, 5000), Lines().Select(line => int.Parse(line.Split('\t')[2].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
        var next = 1;
        foreach (var chunk in _store.Log)
        {
            Assert.Equal(next, chunk.FirstLine);
            Assert.Equal(chunk.Lines, Encoding.UTF8.GetString(chunk.Body).Count(c => c == '\n'));
            Assert.InRange(chunk.Body.Length, 1, 70_000);
            next += chunk.Lines;
        }

        Assert.Equal((50, 5), (_store.Log.Sum(chunk => chunk.Warnings), _store.Log.Sum(chunk => chunk.Errors)));
    }

    [Fact]
    public async Task A_line_has_its_time_its_level_and_its_text_and_a_text_has_its_lines()
    {
        var log = Started();
        log.Write(LogLevel.Trace, "one\ntwo\r\nthree");
        var error = new InvalidOperationException("why");
        log.Log(LogLevel.Critical, default, "what", error, (text, _) => text);
        await _shipper.FlushAsync(log);
        Assert.Equal(["T one", "T two", "T three", "C what", "C System.InvalidOperationException: why"], Lines().Select(line => line[(line.IndexOf('\t') + 1)..].Replace('\t', ' ')));
        Assert.All(Lines(), line => Assert.InRange(long.Parse(line.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), 0, 3_600_000_000));
        Assert.Equal(2, _store.Log.Sum(chunk => chunk.Errors));
    }

    [Fact]
    public async Task A_flush_waits_for_lines_that_are_under_way()
    {
        var (appending, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Before = async (_, _, _) =>
        {
            appending.TrySetResult();
            await release.Task;
        };
        var log = Started();
        log.Write(LogLevel.Information, "the last words");
        await appending.Task;
        var flush = _shipper.FlushAsync(log);
        Assert.NotSame(flush, await Task.WhenAny(flush, Task.Delay(100)));
        release.SetResult();
        await flush;
        Assert.Contains("the last words", _store.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_of_nothing_needs_no_flush()
    {
        await new LogShipper(_store, NullLogger<LogShipper>.Instance).FlushAsync(new AttemptLog(_attempt, _shipper));
        Assert.Empty(_store.Log);
    }

    [Fact]
    public async Task A_line_of_more_than_a_million_characters_is_cut()
    {
        var log = Started();
        log.Write(LogLevel.Information, new string('x', 1_000_001));
        log.Write(LogLevel.Information, new string('y', 1_000_000));
        await _shipper.FlushAsync(log);
        var lines = Lines();
        Assert.EndsWith("x (cut)", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("yy", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_over_the_limit_stops_its_attempt()
    {
        var log = Started();
        var line = new string('x', 1_000_000);
        for (var i = 0; i < 99; i++)
            log.Write(LogLevel.Information, line);
        Assert.Equal(StopReason.None, _attempt.Reason);
        log.Write(LogLevel.Information, line);
        Assert.Equal(StopReason.LogTooLong, _attempt.Reason);
        log.Write(LogLevel.Information, "not kept");
        await _shipper.FlushAsync(log);
        Assert.DoesNotContain("not kept", _store.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_writes_faster_than_the_store_takes_waits_and_loses_nothing()
    {
        var release = new TaskCompletionSource();
        _store.Before = (_, _, _) => release.Task;
        var log = Started();
        var written = 0;
        var body = Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                log.Write(LogLevel.Information, new string('x', 100_000));
                Interlocked.Increment(ref written);
            }
        });
        await Until.Holds(() => Volatile.Read(ref written) >= 40);
        Assert.NotSame(body, await Task.WhenAny(body, Task.Delay(100)));
        Assert.InRange(written, 40, 43);
        release.SetResult();
        await body;
        await _shipper.FlushAsync(log);
        Assert.Equal(200, Lines().Length);
    }

    [Fact]
    public async Task A_store_that_is_away_for_a_while_loses_no_line()
    {
        _store.Unavailable = true;
        var tried = 0;
        _store.Before = (_, _, _) => Task.FromResult(Interlocked.Increment(ref tried));
        var log = Started();
        log.Write(LogLevel.Information, "one");
        await Until.Holds(() => Volatile.Read(ref tried) >= 2);
        log.Write(LogLevel.Information, "two");
        _store.Unavailable = false;
        await _shipper.FlushAsync(log);
        Assert.Equal(["one", "two"], Lines().Select(line => line.Split('\t')[2]));
    }

    [Fact]
    public async Task A_shipper_that_is_stopped_while_the_store_is_busy_ends_in_peace()
    {
        var appending = new TaskCompletionSource();
        _store.Before = (_, _, cancellation) =>
        {
            appending.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancellation);
        };
        var shipper = new LogShipper(_store, NullLogger<LogShipper>.Instance);
        shipper.Start();
        new AttemptLog(_attempt, shipper).Write(LogLevel.Information, "one");
        await appending.Task;
        await shipper.DisposeAsync();
    }

    [Fact]
    public async Task Console_output_of_two_attempts_is_kept_apart_and_the_hosts_goes_where_it_went()
    {
        var (out_, error) = (Console.Out, Console.Error);
        using var host = new StringWriter();
        try
        {
            Console.SetOut(host);
            ConsoleCapture.Install();
            ConsoleCapture.Install();
            using var other = new RunningAttempt(OutcomeTests.Assigned(2), 1);
            var (left, right) = (Started(), new AttemptLog(other, _shipper));
            await Task.WhenAll(Talk(left, "left"), Talk(right, "right"));
            await Console.Out.WriteAsync("host");
            await _shipper.FlushAsync(left);
            await _shipper.FlushAsync(right);
        }
        finally
        {
            Console.SetOut(out_);
            Console.SetError(error);
        }

        foreach (var (run, who) in new[] { (1, "left"), (2, "right") })
        {
            var lines = Lines(run);
            Assert.Equal(202, lines.Length);
            Assert.All(lines, line => Assert.Contains(who, line, StringComparison.Ordinal));
            Assert.Contains(lines, line => line.EndsWith($"\tW\t{who} complains", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.EndsWith($"\tI\t{who} has no end", StringComparison.Ordinal));
        }

        Assert.Contains("host", host.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("left", host.ToString(), StringComparison.Ordinal);

        static Task Talk(AttemptLog log, string who) => Task.Run(async () =>
        {
            using var console = ConsoleCapture.Into(log);
            for (var i = 0; i < 200; i++)
            {
                Console.Write($"{who} ");
                await Task.Yield();
                Console.WriteLine($"{i}");
            }

            await Console.Error.WriteLineAsync($"{who} complains");
            Console.Write($"{who} has no end");
        });
    }

    [Fact]
    public async Task An_attempt_that_waits_for_room_in_its_log_holds_up_no_other_on_the_console()
    {
        var (out_, error) = (Console.Out, Console.Error);
        using var host = new StringWriter();
        var room = new TaskCompletionSource();
        _store.Before = (call, _, _) => call == "append" ? room.Task : Task.CompletedTask;
        try
        {
            Console.SetOut(host);
            ConsoleCapture.Install();
            using var other = new RunningAttempt(OutcomeTests.Assigned(2), 1);
            var (full, quiet) = (Started(), new AttemptLog(other, _shipper));
            var written = 0;
            var waits = Task.Run(() => Talk(full, new string('x', 100_000), 60, () => Interlocked.Increment(ref written)));
            await Until.Holds(() => Volatile.Read(ref written) >= 41);       // 4 MB are pending: the next one waits
            await Task.Run(() => Talk(quiet, "quiet", 10_000, () => 0)).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.False(waits.IsCompleted);
            room.SetResult();
            await waits;
            await _shipper.FlushAsync(full);
            await _shipper.FlushAsync(quiet);
        }
        finally
        {
            room.TrySetResult();
            Console.SetOut(out_);
            Console.SetError(error);
        }

        Assert.Equal((60, 10_000), (Lines().Length, Lines(2).Length));

        static void Talk(AttemptLog log, string line, int times, Func<int> done)
        {
            using var console = ConsoleCapture.Into(log);
            for (var i = 0; i < times; i++)
            {
                Console.WriteLine(line);
                done();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Before = (_, _, _) => Task.CompletedTask;
        await _shipper.DisposeAsync();
        _attempt.Dispose();
    }

    private AttemptLog Started()
    {
        _shipper.Start();
        return new AttemptLog(_attempt, _shipper);
    }

    private string[] Lines(int run = 1) => string.Concat(
        _store.Log.Where(chunk => chunk.Key.RunId == run).Select(chunk => Encoding.UTF8.GetString(chunk.Body))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
