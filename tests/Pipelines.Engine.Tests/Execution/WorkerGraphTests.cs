using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>What a worker does for tasks whose place in the graph is a special one: joins, mapped groups, callbacks, teardowns; and attempts that were taken back.</summary>
public sealed class WorkerGraphTests
{
    private static readonly int First = WorkerHost.Number("first");
    private static readonly int Raw = WorkerHost.Number("part.raw");
    private static readonly int Sum = WorkerHost.Number("part.sum");

    [Theory]
    [InlineData("""{"a" :  1.0}""", "2", """{"a" :  1.0}""")]
    [InlineData(null, "[ 2 ]", "[ 2 ]")]
    [InlineData("null", "2", "null")]
    public async Task FirstOf_passes_on_the_first_output_there_is_to_the_letter(string? a, string? b, string expected)
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(0));
        if (a is not null)
            host.Store.Outputs[new(1, 0, -1)] = Encoding.UTF8.GetBytes(a);
        if (b is not null)
            host.Store.Outputs[new(1, 1, -1)] = Encoding.UTF8.GetBytes(b);
        host.Start().Store.Enqueue(Assigned(task: First));
        Assert.Equal(expected, Encoding.UTF8.GetString(Assert.Single(await host.ReportsAsync(1)).Output!));
    }

    [Fact]
    public async Task FirstOf_without_any_output_fails_and_says_so()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(0));
        host.Start().Store.Enqueue(Assigned(task: First));
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((TaskState.Failed, "None of the tasks that FirstOf takes has an output."), (report.Outcome, report.Why));
    }

    [Fact]
    public async Task A_task_of_a_mapped_group_takes_the_same_elements_output_its_element_and_whole_lists()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input));
        host.Store.Outputs[new(1, 2, -1)] = "[10,20]"u8.ToArray();
        host.Store.Outputs[new(1, Raw, 0)] = "100"u8.ToArray();
        host.Store.Outputs[new(1, Raw, 1)] = "200"u8.ToArray();
        host.Start().Store.Enqueue(Assigned(task: Sum, map: 0));
        host.Store.Enqueue(Assigned(task: Sum, map: 1));
        var reports = await host.ReportsAsync(2);
        Assert.Equal(["140", "250"], reports.OrderBy(report => report.Key.MapIndex).Select(report => Encoding.UTF8.GetString(report.Output!)));
    }

    [Fact]
    public async Task The_output_of_an_element_is_kept_for_the_next_task_of_its_group_and_for_no_other()
    {
        await using var host = new WorkerHost((_, input) => Task.FromResult(input + 1));
        host.Store.Outputs[new(1, 2, -1)] = "[10,20]"u8.ToArray();
        host.Start().Store.Enqueue(Assigned(task: Raw, map: 1));
        host.Store.Enqueue(Assigned(task: 3, map: 1));
        await host.ReportsAsync(2);
        var reads = host.Store.OutputReads;
        host.Store.Enqueue(Assigned(task: Sum, map: 1));
        Assert.Equal("72", Encoding.UTF8.GetString((await host.ReportsAsync(3))[2].Output!));
        Assert.Equal(reads, host.Store.OutputReads);
        await host.Outputs.LoadAsync([(new(1, 3, 1), 0)], default);
        Assert.Equal(reads + 1, host.Store.OutputReads);
    }

    [Fact]
    public async Task A_callback_is_told_what_failed_in_its_task_or_in_the_run_and_no_other_task_is()
    {
        var told = new Dictionary<string, string>();
        await using var host = new WorkerHost((context, _) =>
        {
            lock (told)
                told[context.TaskId] = string.Join('|', context.Failures);
            return Task.FromResult(1);
        });
        host.Store.Failures[(1, 0)] = [new(new(1, 0, -1), 3, "a broke")];
        host.Store.Failures[(1, null)] = [new(new(1, 3, 7), 2, "each broke"), new(new(1, 0, -1), 3, "a broke")];
        host.Start().Store.Enqueue(Assigned(task: 0));
        host.Store.Enqueue(Assigned(task: WorkerHost.Number("a.on_failure")));
        host.Store.Enqueue(Assigned(task: WorkerHost.Number("on_failure")));
        await host.ReportsAsync(3);
        Assert.Equal("", told["a"]);
        Assert.Equal(new TaskFailure("a", null, 3, "a broke").ToString(), told["a.on_failure"]);
        Assert.Equal($"{new TaskFailure("each", 7, 2, "each broke")}|{new TaskFailure("a", null, 3, "a broke")}", told["on_failure"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_sees_the_updates_that_started_its_run_and_without_assets_nobody_asks_for_them(bool byAssets)
    {
        IReadOnlyList<AssetUpdate>? seen = null;
        var script = (TaskContext context, int _) =>
        {
            seen = context.Updates;
            return Task.FromResult(1);
        };
        await using var host = new WorkerHost(script, assets: byAssets ? new Asset("orders") : default(AssetCondition));
        host.Store.Updates[1] = [new("orders", DateTimeOffset.UnixEpoch) { By = "ann" }];
        host.Start().Store.Enqueue(Assigned(task: 0));
        await host.ReportsAsync(1);
        Assert.Equal(byAssets ? host.Store.Updates[1] : [], seen);
    }

    [Fact]
    public async Task A_body_whose_updates_cannot_be_read_now_is_given_back()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1), assets: new Asset("orders"));
        host.Store.Before = (call, _, _) => call == "updates" ? throw new StoreUnavailableException("away", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned(task: 0));
        Assert.Equal(TaskState.Queued, Assert.Single(await host.ReportsAsync(1)).Outcome);
    }

    [Fact]
    public async Task A_callback_whose_failures_cannot_be_read_now_is_given_back()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Store.Before = (call, _, _) => call == "failures" ? throw new StoreUnavailableException("away", null) : Task.CompletedTask;
        host.Start().Store.Enqueue(Assigned(task: WorkerHost.Number("on_failure")));
        Assert.Equal(TaskState.Queued, Assert.Single(await host.ReportsAsync(1)).Outcome);
    }

    [Fact]
    public async Task A_shielded_attempt_outlives_the_cancellation_of_its_run()
    {
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var others = 0;
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                if (context.TaskId == "a")
                {
                    started.TrySetResult();
                    await release.Task;
                    context.Cancellation.ThrowIfCancellationRequested();
                    return 1;
                }

                Interlocked.Increment(ref others);
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            options: WorkerHost.Quick with { Lease = TimeSpan.FromMilliseconds(600) });
        host.Start().Store.Enqueue(Assigned(7) with { Shielded = true });
        host.Store.Enqueue(Assigned(7, task: 1));
        await started.Task;
        await Until.Holds(() => Volatile.Read(ref others) == 1, "the other task runs");
        host.Store.Notify("pipelines_cancel", "7");
        host.Store.Cancelled.Add(7);
        Assert.Equal((1, TaskState.Cancelled), Assert.Single(await host.ReportsAsync(1)) is var first ? (first.Key.TaskNo, first.Outcome) : default);
        host.Store.Enqueue(Assigned(7, task: 1, attempt: 2));     // a heartbeat stops this one; the shielded one has seen it too
        await host.ReportsAsync(2);
        release.SetResult();
        Assert.Equal((0, TaskState.Succeeded), (await host.ReportsAsync(3))[2] is var last ? (last.Key.TaskNo, last.Outcome) : default);
    }

    [Fact]
    public async Task A_fenced_attempt_is_stopped_alone_and_reports_nothing()
    {
        var (started, stopped) = (new CountdownEvent(2), 0);
        var release = new TaskCompletionSource();
        await using var host = new WorkerHost(async (context, _) =>
        {
            started.Signal();
            try
            {
                await release.Task.WaitAsync(context.Cancellation);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref stopped);
                throw;
            }

            return 1;
        });
        host.Start().Store.Enqueue(Assigned(3, attempt: 2));
        host.Store.Enqueue(Assigned(3, task: 1));
        Assert.True(await Task.Run(() => started.Wait(TimeSpan.FromSeconds(30))));
        host.Store.Notify("pipelines_fenced", "3 1 -1 9");        // another attempt
        host.Store.Notify("pipelines_fenced", "3 0 0 2");         // another instance
        host.Store.Notify("pipelines_fenced", "3 0 -1 2");
        await Until.Holds(() => Volatile.Read(ref stopped) == 1, "the fenced attempt has stopped");
        release.SetResult();
        Assert.Equal(1, Assert.Single(await host.ReportsAsync(1)).Key.TaskNo);
        await host.StopAsync();
        Assert.Single(host.Store.Accepted);
        Assert.Empty(host.Store.Fenced);
        Assert.Equal(1, stopped);
    }

    [Fact]
    public async Task An_instance_that_is_handed_out_anew_stops_its_old_attempt_here()
    {
        var (started, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost(async (context, _) =>
        {
            if (context.Attempt == 2)
                return 2;
            started.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.Cancellation).ContinueWith(_ => { }, TaskScheduler.Default);
            stopped.TrySetResult();
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        host.Store.Enqueue(Assigned(attempt: 2));
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await host.StopAsync();
        Assert.Equal("2", Encoding.UTF8.GetString(Assert.Single(host.Store.Accepted).Output!));
        Assert.Empty(host.Store.Fenced);
    }
}
