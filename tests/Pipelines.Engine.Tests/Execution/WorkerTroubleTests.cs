using System.Text;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>A worker that stops, whose lease ends, or whose store is away.</summary>
public sealed class WorkerTroubleTests
{
    [Fact]
    public async Task A_body_that_finds_the_store_away_is_tried_again_for_nothing()
    {
        await using var host = new WorkerHost((_, _) => throw new StoreUnavailableException("away", null));
        host.Start().Store.Enqueue(Assigned());
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((Report.Untried, 1.0), (report.Outcome, report.DelaySeconds));
    }

    [Fact]
    public async Task A_worker_that_stops_finishes_what_runs_and_leaves()
    {
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost(async (_, _) =>
        {
            started.TrySetResult();
            await release.Task;
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        await host.AskToStopAsync();
        host.Store.Enqueue(Assigned(2));
        release.SetResult();
        await host.StopAsync();
        Assert.Equal((TaskState.Succeeded, 1L), (Assert.Single(host.Store.Accepted).Outcome, host.Store.Accepted[0].Key.RunId));
        Assert.Equal(1, host.Store.Left);
    }

    [Fact]
    public async Task A_report_that_is_under_way_when_the_worker_stops_arrives()
    {
        var (reporting, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Store.Before = async (call, reports, cancellation) =>
        {
            if (call != "advance" || reports.Length == 0)
                return;
            reporting.TrySetResult();
            await release.Task.WaitAsync(cancellation);
        };
        host.Start().Store.Enqueue(Assigned());
        await reporting.Task;
        var stopping = host.StopAsync();
        Assert.NotSame(stopping, await Task.WhenAny(stopping, Task.Delay(200)));
        release.SetResult();
        await stopping;
        Assert.Equal(TaskState.Succeeded, Assert.Single(host.Store.Accepted).Outcome);
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_cancelled_and_given_back()
    {
        var started = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            options: WorkerHost.Quick with { Drain = TimeSpan.FromMilliseconds(30) });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        await host.StopAsync();
        Assert.Equal(TaskState.Queued, Assert.Single(host.Store.Accepted).Outcome);
    }

    [Fact]
    public async Task A_lost_lease_stops_the_bodies_drops_their_reports_and_the_worker_starts_over()
    {
        var started = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                if (context.Attempt > 1)
                    return 2;
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        host.Store.Reclaim();
        var report = Assert.Single(await host.ReportsAsync(1));
        Assert.Equal((2, "2"), (report.Attempt, Encoding.UTF8.GetString(report.Output!)));
        Assert.Equal(2, host.Store.Registered);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task A_worker_whose_slots_are_all_taken_learns_from_its_heartbeat_that_its_lease_is_lost()
    {
        var started = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                if (context.Attempt > 1)
                    return 2;
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            options: WorkerHost.Quick with { Slots = 1, Lease = TimeSpan.FromSeconds(3) });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        host.Store.Reclaim();
        Assert.Equal(2, Assert.Single(await host.ReportsAsync(1)).Attempt);
    }

    [Fact]
    public async Task Work_of_which_no_notification_tells_is_found()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Store.Silent = true;
        host.Start();
        await Until.Holds(() => host.Store.Advances > 0);
        host.Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
    }

    [Fact]
    public async Task A_worker_that_could_not_renew_its_lease_starts_over_under_a_new_number()
    {
        var (started, stopped) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                started.TrySetResult();
                await using var told = context.Cancellation.Register(() => stopped.TrySetResult());
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 1;
            },
            options: WorkerHost.Quick with { Slots = 1, Lease = TimeSpan.FromMilliseconds(150) });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        host.Store.HeartbeatsFail = true;
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        host.Store.HeartbeatsFail = false;
        await Until.Holds(() => host.Store.Registered == 2);
        Assert.Equal([null, 1], host.Store.Continued);
        Assert.Empty(host.Store.Accepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]                                           // an error of the server that is no outage
    public async Task A_heartbeat_that_failed_is_tried_again_soon_so_that_a_short_outage_costs_no_lease(bool away)
    {
        var heartbeats = 0;
        await using var host = new WorkerHost((_, _) => Task.FromResult(1), options: WorkerHost.Quick with { Lease = TimeSpan.FromSeconds(6) });
        host.Store.Before = (call, _, _) => call == "heartbeat" && Interlocked.Increment(ref heartbeats) <= 2
            ? throw (away ? new StoreUnavailableException("away", null) : new InvalidOperationException("restored just now"))
            : Task.CompletedTask;
        host.Start();
        await Until.Holds(() => Volatile.Read(ref heartbeats) >= 3);
        Assert.Equal(1, host.Store.Registered);
    }

    [Fact]
    public async Task A_worker_whose_lease_is_refused_for_whatever_reason_comes_back_and_works()
    {
        var (refuses, refused) = (false, 0);
        await using var host = new WorkerHost((_, _) => Task.FromResult(1), options: WorkerHost.Quick with { Lease = TimeSpan.FromSeconds(2) });
        host.Store.Before = (call, _, _) =>
        {
            if (call is not ("heartbeat" or "register") || !Volatile.Read(ref refuses))
                return Task.CompletedTask;
            if (call == "register")
                Interlocked.Increment(ref refused);
            throw new InvalidOperationException("restored just now");
        };
        host.Start();
        await Until.Holds(() => host.Store.Registered == 1);
        Volatile.Write(ref refuses, true);
        await Until.Holds(() => Volatile.Read(ref refused) >= 2);
        Volatile.Write(ref refuses, false);
        await Until.Holds(() => host.Store.Registered == 2);
        host.Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
    }

    [Fact]
    public async Task While_the_store_is_away_reports_wait_and_nothing_runs_twice()
    {
        var ran = 0;
        var release = new TaskCompletionSource();
        await using var host = new WorkerHost(async (_, _) =>
        {
            Interlocked.Increment(ref ran);
            await release.Task;
            return 1;
        });
        for (var run = 1; run <= 4; run++)
            host.Store.Enqueue(Assigned(run));
        host.Start();
        await Until.Holds(() => Volatile.Read(ref ran) == 4);
        var refused = 0;
        host.Store.Before = (call, _, _) => Task.FromResult(call is "advance" or "mine" ? Interlocked.Increment(ref refused) : 0);
        host.Store.Unavailable = true;
        release.SetResult();
        await Until.Holds(() => Volatile.Read(ref refused) >= 2);
        host.Store.Unavailable = false;
        Assert.Equal(4, (await host.ReportsAsync(4)).Length);
        await host.StopAsync();
        Assert.Equal(4, ran);
        Assert.Equal(4, host.Store.Accepted.Length);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task Work_whose_reply_was_lost_is_found_and_run_once()
    {
        var ran = 0;
        await using var host = new WorkerHost((_, _) => Task.FromResult(Interlocked.Increment(ref ran)));
        host.Store.LoseReplies = 1;
        host.Store.Enqueue(Assigned());
        host.Store.Enqueue(Assigned(2));
        host.Start();
        await host.ReportsAsync(2);
        await host.StopAsync();
        Assert.Equal(2, ran);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task A_report_whose_reply_was_lost_is_not_sent_again()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        host.Store.Before = (call, reports, _) =>
        {
            if (call == "advance" && reports.Length > 0 && host.Store.Accepted.Length == 0)
                host.Store.LoseReplies = 1;
            return Task.CompletedTask;
        };
        host.Start().Store.Enqueue(Assigned());
        await host.ReportsAsync(1);
        host.Store.Enqueue(Assigned(2));
        await host.ReportsAsync(2);
        Assert.Empty(host.Store.Fenced);
        Assert.Equal([1L, 2L], host.Store.Accepted.Select(r => r.Key.RunId));
    }

    /// <param name="byItself">With its last transaction: nothing is reported then.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_ends_while_the_worker_asks_what_it_runs_is_not_run_again(bool byItself)
    {
        var ran = 0;
        var (started, release, asked) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost(async (context, _) =>
        {
            if (context.RunId != 1)
                return 0;
            Interlocked.Increment(ref ran);
            started.TrySetResult();
            await release.Task;
            return byItself ? await context.CompleteAsync("end", (_, _) => Task.FromResult(1)) : 1;
        }, options: WorkerHost.Quick with { Lease = TimeSpan.FromMilliseconds(900) });
        host.Store.Transact = (call, _) =>
        {
            host.Store.TakeOver(call.Key, "1"u8.ToArray());
            return Task.FromResult(new TransactionAnswer(TransactionEnd.Completed, "1"u8.ToArray()));
        };
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        host.Store.Before = async (call, _, _) =>
        {
            if (call != "mine")
                return;
            asked.TrySetResult();
            release.TrySetResult();
            host.Store.Busy = -1;
            await Until.Holds(() => host.Store.Busy == 0);        // the heartbeat after its end says so
        };
        host.Store.LoseReplies = 1;
        host.Store.Enqueue(Assigned(2));
        await asked.Task;
        await host.ReportsAsync(byItself ? 1 : 2);
        await host.StopAsync();
        Assert.Equal(1, ran);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task Work_that_a_call_hands_out_after_it_broke_and_was_asked_for_is_found()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1), options: WorkerHost.Quick with { Lease = TimeSpan.FromMilliseconds(900) });
        var looks = 0;
        host.Store.Before = (call, _, _) =>
        {
            if (call == "mine" && Interlocked.Increment(ref looks) == 1)
                host.Store.HandOutUnheard(Assigned(2));           // what it answers has been read by now
            return Task.CompletedTask;
        };
        host.Store.LoseReplies = 1;
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal([1L, 2L], (await host.ReportsAsync(2)).Select(report => report.Key.RunId));
        await host.StopAsync();
        Assert.Equal(2, looks);
    }

    [Fact]
    public async Task A_fenced_attempts_output_is_not_what_a_successor_gets()
    {
        var got = new TaskCompletionSource<int>();
        var (started, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = new WorkerHost(async (context, input) =>
        {
            if (context.TaskId == "b")
            {
                got.TrySetResult(input);
                return input;
            }

            started.TrySetResult();
            await release.Task;
            return 666;
        });
        host.Start().Store.Enqueue(Assigned());
        await started.Task;
        // Another worker was given the attempt and ended it; then this one is given the successor.
        host.Store.TakeOver(new(1, 0, -1), "42"u8.ToArray());
        release.SetResult();
        await Until.Holds(() => host.Store.Fenced.Count == 1);
        host.Store.Enqueue(Assigned(task: 1));
        Assert.Equal(42, await got.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}
