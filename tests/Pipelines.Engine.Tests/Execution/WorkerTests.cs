using System.Text;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>What a worker reports of the attempts it is given.</summary>
[Collection(OnTheConsole.Name)]
public sealed class WorkerTests
{
    [Fact]
    public async Task What_a_body_returns_is_reported_and_its_log_is_stored_before_that()
    {
        await using var host = new WorkerHost((context, _) =>
        {
            context.Logger.LogWarning("about {Task}", context.TaskId);
            return Task.FromResult(42);
        });
        var logged = "";
        host.Store.Before = (call, reports, _) =>
        {
            if (call == "advance" && reports.Length > 0)
                logged = host.Store.LogText;
            return Task.CompletedTask;
        };
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((TaskState.Succeeded, "42"), (report.Outcome, Encoding.UTF8.GetString(report.Output!)));
        Assert.Contains("\tW\tabout a\n", logged, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_that_cannot_be_told_fails_its_attempt_and_frees_its_slot()
    {
        await using var host = new WorkerHost((_, _) => throw new Mute(), options: WorkerHost.Quick with { Slots = 1 });
        host.Start().Store.Enqueue(Assigned());
        host.Store.Enqueue(Assigned(2));
        var reports = await host.ReportsAsync(2);
        Assert.All(reports, report => Assert.Equal((TaskState.Failed, "How it ended cannot be told: NotSupportedException. The worker's log has the details."), (report.Outcome, report.Why)));
    }

    private sealed class Mute : Exception
    {
        public override string Message => throw new NotSupportedException();
    }

    [Fact]
    public async Task A_body_gets_what_its_upstream_returned_and_an_element_of_a_list()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input + 1));
        host.Store.Outputs[new(1, 0, -1)] = "41"u8.ToArray();
        host.Store.Outputs[new(1, 2, -1)] = "[10,20]"u8.ToArray();
        host.Start().Store.Enqueue(Assigned(task: 1));
        host.Store.Enqueue(Assigned(task: 3, map: 1));
        var reports = await host.ReportsAsync(2);
        Assert.Equal("42", Encoding.UTF8.GetString(reports.Single(r => r.Key.TaskNo == 1).Output!));
        Assert.Equal("21", Encoding.UTF8.GetString(reports.Single(r => r.Key.TaskNo == 3).Output!));
    }

    [Fact]
    public async Task Skip_fail_retry_and_errors_have_their_outcomes()
    {
        await using var host = new WorkerHost(
            (context, _) => throw (context.RunId switch
            {
                1 => context.Skip("nothing to do"),
                2 => context.Fail("not ours"),
                3 => context.RetryIn(TimeSpan.FromMinutes(5)),
                4 => new InvalidOperationException("broken"),
                _ => new ArgumentException("wrong"),
            }),
            spec => spec with { Retry = new RetryPolicy { Retries = 1, Delay = TimeSpan.FromSeconds(10), Jitter = 0 }.Except<ArgumentException>() });
        host.Start();
        for (var run = 1; run <= 5; run++)
            host.Store.Enqueue(Assigned(run));
        host.Store.Enqueue(Assigned(6) with { Tries = 2, Attempt = 2 });
        var reports = (await host.ReportsAsync(6)).OrderBy(r => r.Key.RunId).ToList();
        Assert.Equal("kfyyff", string.Concat(reports.Select(r => r.Outcome)));
        Assert.Equal([0, 0, 300, 10, 0, 0], reports.Select(r => r.DelaySeconds));
        Assert.Equal(["nothing to do", "not ours"], reports.Take(2).Select(r => r.Why));
        Assert.Contains("Attempt 1 failed: InvalidOperationException: broken Next attempt in 10 s.", host.Store.LogText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_waits_without_await_ends_as_if_it_had_awaited()
    {
        var started = new TaskCompletionSource();
        await using var host = new WorkerHost(
            (context, _) =>
            {
                if (context.RunId == 5)
                    started.TrySetResult();
                return Task.FromResult(Waited(context.RunId switch
                {
                    1 => Task.FromException<int>(context.Skip("nothing to do")),
                    2 => Task.FromException<int>(context.Fail("not ours")),
                    3 => Task.FromException<int>(new ArgumentException("wrong")),
                    4 => Task.FromException<int>(new InvalidOperationException("broken")),
                    _ => Task.Delay(Timeout.Infinite, context.Cancellation).ContinueWith(_ => 1, context.Cancellation, TaskContinuationOptions.None, TaskScheduler.Default),
                }));
            },
            spec => spec with { Retry = new RetryPolicy { Retries = 1 }.Except<ArgumentException>() });
        host.Start();
        for (var run = 1; run <= 5; run++)
            host.Store.Enqueue(Assigned(run));
        await started.Task;
        host.Store.Notify("pipelines_cancel", "5");
        var reports = (await host.ReportsAsync(5)).OrderBy(r => r.Key.RunId).ToList();
        Assert.Equal("kffyc", string.Concat(reports.Select(r => r.Outcome)));
        Assert.Equal(["nothing to do", "not ours", "ArgumentException: wrong", "InvalidOperationException: broken"], reports.Take(4).Select(r => r.Why));
        Assert.Contains("\"type\":\"System.InvalidOperationException\"", reports[3].Detail, StringComparison.Ordinal);
        Assert.Contains(nameof(AggregateException), reports[3].Detail, StringComparison.Ordinal);    // where it waited
    }

    [Fact]
    public async Task A_body_that_passes_its_timeout_is_cancelled_and_has_failed()
    {
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            spec => spec with { AttemptTimeout = TimeSpan.FromMilliseconds(30) });
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.Contains("longer than its timeout of 00:00:00.03", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_ignores_its_cancellation_is_reported_and_keeps_its_slot_until_it_returns()
    {
        var release = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                if (context.RunId == 1)
                    await release.Task;
                return 1;
            },
            spec => spec with { AttemptTimeout = TimeSpan.FromMilliseconds(30) },
            WorkerHost.Quick with { Slots = 1, CancelGrace = TimeSpan.FromMilliseconds(30) });
        host.Start().Store.Enqueue(Assigned());
        Assert.Contains("ignored its cancellation", Assert.Single(await host.ReportsAsync(1)).Why, StringComparison.Ordinal);
        host.Store.Enqueue(Assigned(2));
        var before = host.Store.Advances;
        host.Store.Notify("pipelines_worker", "");
        await Task.Yield();
        Assert.Single(host.Store.Accepted);
        Assert.Empty(host.Store.Running);
        release.SetResult();
        Assert.Equal([1L, 2L], (await host.ReportsAsync(2)).Select(r => r.Key.RunId));
        Assert.True(host.Store.Advances > before);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_runs_bodies_are_told_by_a_notification_or_a_heartbeat(bool notified)
    {
        var started = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            options: WorkerHost.Quick with { Lease = TimeSpan.FromMilliseconds(notified ? 60_000 : 300) });
        host.Start().Store.Enqueue(Assigned(7));
        await started.Task;
        if (notified)
            host.Store.Notify("pipelines_cancel", "7");
        else
            host.Store.Cancelled.Add(7);
        Assert.Equal(TaskState.Cancelled, Assert.Single(await host.ReportsAsync(1)).Outcome);
    }

    [Fact]
    public async Task A_task_that_define_left_out_this_time_fails_with_the_reason()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Start().Store.Enqueue(Assigned(task: 4));
        Assert.Contains("'gone'", Assert.Single(await host.ReportsAsync(1)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_cannot_be_loaded_fails_its_attempts_and_no_other()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Start().Store.Enqueue(Assigned() with { VersionId = 99 });
        host.Store.Enqueue(Assigned(2));
        var reports = await host.ReportsAsync(2);
        Assert.Contains("DAG version 99", reports.Single(r => r.Outcome == 'f').Why, StringComparison.Ordinal);
        Assert.Equal(2, reports.Single(r => r.Outcome == 's').Key.RunId);
    }

    [Fact]
    public async Task No_more_attempts_run_at_once_than_there_are_slots_and_all_of_them_run()
    {
        var (now, most) = (0, 0);
        await using var host = new WorkerHost(async (_, _) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return 1;
        });
        for (var run = 1; run <= 100; run++)
            host.Store.Enqueue(Assigned(run));
        host.Start();
        Assert.Equal(100, (await host.ReportsAsync(100)).Select(r => r.Key).Distinct().Count());
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public async Task What_a_body_writes_to_the_console_is_in_its_log_to_the_last_character()
    {
        ConsoleCapture.Install();
        await using var host = new WorkerHost((_, _) =>
        {
            Console.WriteLine("a line");
            Console.Write("and no end");
            return Task.FromResult(1);
        });
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        Assert.Contains("\tI\ta line\n", host.Store.LogText, StringComparison.Ordinal);
        Assert.Contains("\tI\tand no end\n", host.Store.LogText, StringComparison.Ordinal);
    }

    private static int Waited(Task<int> task) => task.Result;

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; seen < value; seen = target)
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }
}
