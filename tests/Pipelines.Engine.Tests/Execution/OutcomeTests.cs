using System.Text;
using System.Text.Json;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>What a report holds must be something that the store can keep, whatever a body threw.</summary>
public sealed class OutcomeTests
{
    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
    private static readonly TaskSpec Task = new() { Id = "a", Retry = new RetryPolicy { Retries = 1, Jitter = 0 } };

    [Fact]
    public void A_failure_is_told_in_one_line_and_in_detail()
    {
        var report = Failed(new InvalidOperationException("first\r\nsecond"));
        Assert.Equal((TaskState.RetryWait, "InvalidOperationException: first", 30), (report.Outcome, report.Why, report.DelaySeconds));
        using var detail = JsonDocument.Parse(report.Detail!);
        Assert.Equal(typeof(InvalidOperationException).FullName, detail.RootElement.GetProperty("type").GetString());
        Assert.Equal("first\r\nsecond", detail.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public void Fail_is_final_whatever_retries_are_left() => Assert.Equal(TaskState.Failed, Failed(new FailTaskException("no")).Outcome);

    [Theory]
    [InlineData("nul \0 in it")]
    [InlineData("half a pair \ud83d in it")]
    [InlineData("the other half \ude00")]
    public void Characters_that_the_store_cannot_hold_are_replaced(string text)
    {
        Assert.All(
            new[] { Failed(new InvalidOperationException(text)), Failed(new FailTaskException(text)), Outcome.Skipped(Assigned(), text) },
            report =>
            {
                Strict.GetBytes(report.Why!);
                Assert.DoesNotContain('\0', report.Why!);
                Strict.GetBytes(report.Detail ?? "");
                Assert.DoesNotContain("\\u0000", report.Detail ?? "", StringComparison.Ordinal);
                Assert.Contains('\ufffd', report.Why!);
            });
    }

    [Fact]
    public void A_long_line_is_cut_between_characters()
    {
        foreach (var shift in new[] { 0, 1 })
        {
            var text = new string('x', shift) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 20_000));
            foreach (var report in new[] { Failed(new FailTaskException(text)), Outcome.Skipped(Assigned(), text) })
            {
                Assert.InRange(report.Why!.Length, 490, 510);
                Strict.GetBytes(report.Why);
            }
        }
    }

    [Fact]
    public void What_could_not_be_loaded_here_is_tried_elsewhere_for_nothing_and_what_cannot_be_loaded_anywhere_has_failed()
    {
        Assert.Equal((Report.Untried, 15.0), NotLoaded(new IOException("No space left on device")));
        Assert.Equal((Report.Untried, 15.0), NotLoaded(new UnauthorizedAccessException("cache")));
        Assert.Equal((TaskState.Failed, 0.0), NotLoaded(new FileNotFoundException("a package")));
        Assert.Equal((TaskState.Failed, 0.0), NotLoaded(new BadImageFormatException()));
        Assert.Equal((TaskState.Queued, 0.0), NotLoaded(new StoreUnavailableException("away", null)));
    }

    private static (char Outcome, double Delay) NotLoaded(Exception error) => Outcome.NotLoaded(Assigned(), "w", error) is var report ? (report.Outcome, report.DelaySeconds) : default;

    internal static Report Failed(Exception error)
    {
        using var attempt = new RunningAttempt(Assigned(), 1);
        return Outcome.Failed(attempt, Task, error, 0.5);
    }

    internal static Assignment Assigned(long run = 1, int task = 0, int map = -1, short attempt = 1, int epoch = 0) => new(
        new(run, task, map), attempt, attempt, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 1, epoch, DateTimeOffset.UnixEpoch, null, null);
}
