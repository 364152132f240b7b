using System.Reflection;
using Pipelines.Engine.Ports;
using Spectre.Console;

namespace Pipelines.Cli.Tests;

public sealed class BackfillProgressTests
{
    [Fact]
    public async Task Without_a_terminal_it_prints_lines_and_a_verdict()
    {
        var (code, lines) = await WatchAsync(Row('r', 0, 0), Row('r', 10, 0), Row('r', 10, 0), Row('p', 50, 1), Row('s', 100, 0));
        Assert.Equal(0, code);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("backfill 7: 0/100, 0 succeeded, 0 failed, 3 running", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("paused", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("Backfill 7 succeeded: 100 succeeded, 0 failed, 0 cancelled of 100", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_makes_the_exit_code_1()
    {
        var (code, lines) = await WatchAsync(Row('f', 99, 1));
        Assert.Equal(1, code);
        Assert.EndsWith("See: pipelines runs list --dag weather --state failed", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_follows_from_the_latest_half_minute()
    {
        var clock = new HandClock();
        var pace = new BackfillPace(clock);
        Assert.Null(pace.Left(0, 100));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(90), pace.Left(10, 100));
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(30), pace.Left(40, 70));
        Assert.Equal(TimeSpan.Zero, pace.Left(70, 70));
    }

    private static async Task<(int Code, string[] Lines)> WatchAsync(params BackfillRow[] rows)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(writer) });
        var code = await BackfillProgress.WatchAsync(Script.Of(rows), 7, console, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        return (code, writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static BackfillRow Row(char state, int succeeded, int failed) => new(
        7, "weather", new(2012, 1, 1), new(2012, 4, 9), "missing", false, 16, state, 100, 0, state == 'r' ? 3 : 0, succeeded, failed, 0, "me", DateTimeOffset.UnixEpoch,
        state is 's' or 'f' ? DateTimeOffset.UnixEpoch.AddMinutes(2) : null);

    /// <summary>Answers each question for the backfill with the next row.</summary>
    public class Script : DispatchProxy
    {
        private Queue<BackfillRow> _rows = [];

        public static IConsole Of(IEnumerable<BackfillRow> rows)
        {
            var console = Create<IConsole, Script>();
            ((Script)(object)console)._rows = new(rows);
            return console;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name == nameof(IConsole.BackfillAsync)
            ? Task.FromResult<BackfillRow?>(_rows.Dequeue())
            : throw new NotSupportedException(targetMethod?.Name);
    }

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
