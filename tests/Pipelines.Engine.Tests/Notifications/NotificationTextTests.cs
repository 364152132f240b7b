using Pipelines.Engine.Notifications;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Notifications;

/// <summary>The words of notifications.</summary>
public sealed class NotificationTextTests
{
    private static readonly TakenNotification Taken = new(
        7, 1, "ops", 'f', "orders", 42, null, null, new(2026, 3, 2, 2, 0, 9, TimeSpan.Zero), new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero), null, null,
        [new("load", 3, 2, "IOException: no space"), new("sum", null, 1, "bad")]);

    [Theory]
    [InlineData('f', null, "orders failed: load and 1 more")]
    [InlineData('s', null, "orders succeeded")]
    [InlineData('c', null, "orders cancelled")]
    [InlineData('d', null, "orders has not ended by its deadline")]
    [InlineData('f', "load", "orders: load failed")]
    [InlineData('y', "load", "orders: load is tried again")]
    [InlineData('d', "load", "orders: load has not ended by its deadline")]
    public void The_subject_says_what_happened_to_what(char what, string? task, string subject) =>
        Assert.Equal(subject, NotificationText.Of(Taken with { What = what, TaskId = task }, null).Subject);

    [Fact]
    public void The_body_says_all_that_is_known()
    {
        var text = NotificationText.Of(Taken with { Why = "fail-fast: task load failed" }, new Uri("https://p.example.com/base/"));
        Assert.Equal(
            """
            Run 42 of orders
            It has failed, at 2026-03-02 02:00:09Z.
            Scheduled for 2026-03-02 02:00:00Z
            Why: fail-fast: task load failed
              load[3]: IOException: no space
              sum: bad
            https://p.example.com/base/runs/42

            """.ReplaceLineEndings("\n"), text.Body);
        var task = NotificationText.Of(Taken with { What = 'c', TaskId = "load", Attempt = 2, Actor = "cli:ann", Failures = [] }, null);
        Assert.Equal("Task load, attempt 2, of run 42 of orders\nIt was cancelled, at 2026-03-02 02:00:09Z, by cli:ann.\nScheduled for 2026-03-02 02:00:00Z\n", task.Body);
        Assert.Null(task.Url);
    }

    [Fact]
    public void What_an_error_said_stays_in_its_line_and_is_no_longer_than_anybody_reads()
    {
        var text = NotificationText.Of(Taken with { Why = "a\r\nBcc: b\u2028c\u0000\td " + new string('x', 5000), Failures = [new("t", null, 1, "one\ntwo")] }, null);
        Assert.Contains("\nWhy: a Bcc: b c d xxx", text.Body, StringComparison.Ordinal);
        Assert.Contains("\n  t: one two\n", text.Body, StringComparison.Ordinal);
        Assert.Equal("one two", text.Failures[0].Error);
        Assert.InRange(text.Body.Length, 1000, 1300);
        Assert.InRange(NotificationText.Of(Taken with { DagId = new string('d', 400) }, null).Subject.Length, 100, 150);
    }
}
