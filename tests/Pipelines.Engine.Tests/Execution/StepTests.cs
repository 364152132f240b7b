using System.Text;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Parts of a body that are done once for all attempts.</summary>
public sealed class StepTests
{
    private static readonly RetryPolicy Thrice = RetryPolicy.None with { Retries = 2, Delay = TimeSpan.Zero };

    [Fact]
    public async Task A_step_is_done_once_for_all_attempts()
    {
        var done = new List<string>();
        await using var host = new WorkerHost(async (context, _) =>
        {
            var one = await context.Step("one", () => Did("one", 41));
            await context.Step("two", () => Did("two", 0));
            return context.Attempt == 1 ? throw new InvalidOperationException("later") : one + await context.Step("three", () => Did("three", 1));
        });
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        var reports = await host.ReportsAsync(2);
        Assert.Equal("42", Encoding.UTF8.GetString(reports[1].Output!));
        Assert.Equal(["one", "two", "three"], done);
        Assert.Contains("'one' was done in attempt 1", string.Concat(host.Store.Log.Select(chunk => Encoding.UTF8.GetString(chunk.Body))), StringComparison.Ordinal);

        Task<int> Did(string name, int value)
        {
            done.Add(name);
            return Task.FromResult(value);
        }
    }

    [Fact]
    public async Task A_step_is_tried_again_by_itself_and_what_it_came_to_is_told()
    {
        var tries = 0;
        await using var host = new WorkerHost(async (context, _) =>
            await context.Step("flaky", () => ++tries < 3 ? throw new InvalidOperationException("not yet") : Task.FromResult(tries), Thrice));
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("3", Encoding.UTF8.GetString((await host.ReportsAsync(1))[0].Output!));

        tries = -10;
        host.Store.Enqueue(Assigned(2));
        Assert.NotEqual(TaskState.Succeeded, (await host.ReportsAsync(2))[1].Outcome);
        var failed = Assert.Single(host.Store.FailedSteps);
        Assert.Equal(("flaky", 3, "InvalidOperationException: not yet"), (failed.Name, failed.Tries, failed.Error));
        Assert.DoesNotContain(host.Store.Steps, step => step.Key.Key.RunId == 2);
    }

    [Fact]
    public async Task A_step_that_says_fail_is_not_tried_again_though_it_waited_without_await()
    {
        var tries = 0;
        await using var host = new WorkerHost(async (context, _) =>
            await context.Step("final", () => ++tries > 0 ? throw new AggregateException(context.Fail("not ours")) : Task.FromResult(tries), Thrice));
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal((TaskState.Failed, "not ours", 1), (report.Outcome, report.Why, tries));
    }

    [Fact]
    public async Task A_wait_of_its_own_that_was_given_up_is_tried_again_too()
    {
        var tries = 0;
        await using var host = new WorkerHost(async (context, _) =>
            await context.Step("call", () => ++tries < 3 ? throw new TaskCanceledException("no answer in 100 s") : Task.FromResult(tries), Thrice));
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("3", Encoding.UTF8.GetString((await host.ReportsAsync(1))[0].Output!));
    }

    [Fact]
    public async Task A_result_that_cannot_be_stored_fails_the_task_and_is_not_done_again()
    {
        var done = 0;
        await using var host = new WorkerHost(async (context, _) => await context.Step("huge", () => Task.FromResult(++done), Thrice));
        host.Store.Before = (call, _, _) => call == "save_step" ? throw new DataRefusedException("a number is out of range", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal((TaskState.Failed, 1), (report.Outcome, done));
        Assert.Contains("'huge' returned cannot be stored: a number is out of range", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_done_when_the_attempt_was_told_to_stop_is_kept()
    {
        var began = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) => await context.Step("pay", async () =>
            {
                began.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
                return 7;
            }),
            options: WorkerHost.Quick with { Drain = TimeSpan.FromMilliseconds(30) });
        host.Start().Store.Enqueue(Assigned());
        await began.Task;
        await host.StopAsync();
        Assert.Equal("7", Encoding.UTF8.GetString(host.Store.Steps[(Assigned().Key, StepKind.Step, "pay")].Output!));
    }

    [Fact]
    public async Task An_error_that_the_database_would_not_take_is_the_bodys_all_the_same()
    {
        await using var host = new WorkerHost(async (context, _) => await context.Step<int>("read", () => throw new FormatException("1\0 is no number")));
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("FormatException: 1\uFFFD is no number", (await host.ReportsAsync(1))[0].Why);
        Assert.Equal("FormatException: 1\uFFFD is no number", Assert.Single(host.Store.FailedSteps).Error);
    }

    [Fact]
    public async Task One_name_is_used_once_in_an_attempt()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await context.Step("copy", () => Task.FromResult(1));
            return await context.Step("copy", () => Task.FromResult(2));
        });
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.Contains("'copy' was asked for twice", report.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    public async Task What_is_no_name_fails_the_task(string name)
    {
        await using var host = new WorkerHost(async (context, _) => await context.Step(name, () => Task.FromResult(1)));
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Equal(TaskState.Failed, report.Outcome);
        Assert.Contains("The name of a step must have", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_attempt_has_kept_meanwhile_counts()
    {
        await using var host = new WorkerHost(async (context, _) => await context.Step("race", () => Task.FromResult(1)));
        host.Store.Before = (call, _, _) =>
        {
            if (call == "save_step")
                host.Store.Steps[(Assigned().Key, StepKind.Step, "race")] = new StoredStep(StepKind.Step, "race", 1, "7"u8.ToArray());
            return Task.CompletedTask;
        };
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal("7", Encoding.UTF8.GetString((await host.ReportsAsync(1))[0].Output!));
    }

    [Fact]
    public async Task A_cursor_and_a_moment_are_found_by_the_next_attempt()
    {
        var moments = new List<DateTimeOffset>();
        await using var host = new WorkerHost(async (context, _) =>
        {
            moments.Add(await context.Now("asked"));
            var last = await context.Cursor.ReadAsync<int>();
            for (var i = last + 1; i <= 10; i++)
            {
                await context.Cursor.SaveAsync(i);
                if (i == 4)
                    throw new InvalidOperationException("broken off");
            }

            return last;
        });
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        host.Store.Enqueue(Assigned() with { Attempt = 2, StartedAt = Assigned().StartedAt.AddHours(1) });
        Assert.Equal("4", Encoding.UTF8.GetString((await host.ReportsAsync(2))[1].Output!));
        Assert.Equal(moments[0], moments[1]);
        Assert.Equal("10", Encoding.UTF8.GetString(host.Store.Steps[(Assigned().Key, StepKind.Cursor, "")].Output!));
    }

    [Fact]
    public async Task A_store_that_is_away_makes_a_step_wait()
    {
        var away = 3;
        await using var host = new WorkerHost(async (context, _) => await context.Step("one", () => Task.FromResult(1)));
        host.Store.Before = (call, _, _) => call == "save_step" && away-- > 0 ? throw new StoreUnavailableException("away", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(TaskState.Succeeded, (await host.ReportsAsync(1))[0].Outcome);
        Assert.Single(host.Store.Steps);
    }

    [Fact]
    public void A_guid_is_the_instances_own()
    {
        Assert.Equal(Of(1, null).NewGuid("a"), Of(1, null).NewGuid("a"));
        Assert.Equal(4, new[] { Of(1, null).NewGuid("a"), Of(1, null).NewGuid("b"), Of(2, null).NewGuid("a"), Of(1, 0).NewGuid("a") }.Distinct().Count());
        Assert.Equal(8, Of(1, null).NewGuid("a").Version);

        static TaskContext Of(long run, int? map) => new()
        {
            RunId = run, DagId = "d", TaskId = "t", MapIndex = map, ScheduledFor = default, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
        };
    }

    [Fact]
    public async Task Without_an_engine_a_step_is_just_done()
    {
        var context = new TaskContext { RunId = 1, DagId = "d", TaskId = "t", ScheduledFor = default, Logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance };
        Assert.Equal(5, await context.Step("one", () => Task.FromResult(5)));
        await context.Cursor.SaveAsync("here");
        Assert.Equal("here", await context.Cursor.ReadAsync<string>());
    }
}
