using System.Text;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>What bodies tell while they run, and those that say nothing for too long.</summary>
public sealed class ValueTests
{
    [Fact]
    public async Task Of_many_reports_of_progress_the_last_is_stored_at_the_end_and_few_before()
    {
        await using var host = new WorkerHost((context, _) =>
        {
            for (var i = 0; i <= 1000; i++)
                context.Progress(i / 10d, $"file {i}");
            context.Progress(double.NaN, "odd");
            context.Progress(250, "done");
            return Task.FromResult(1);
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(TaskState.Succeeded, (await host.ReportsAsync(1))[0].Outcome);
        Assert.Equal("""{"percent":100,"text":"done"}""", host.Store.Told[^1].Json);
        Assert.InRange(host.Store.Told.Count, 1, 3);
    }

    [Fact]
    public async Task A_value_is_stored_when_the_call_returns_and_its_bounds_are_told()
    {
        await using var host = new WorkerHost(async (context, _) =>
        {
            await context.SetValueAsync("rows", 12);
            await Assert.ThrowsAsync<FailTaskException>(() => context.SetValueAsync(" ", 1));
            await Assert.ThrowsAsync<FailTaskException>(() => context.SetValueAsync("big", new string('x', 70_000)));
            for (var i = 1; i < 100; i++)
                await context.SetValueAsync($"v{i}", i);
            await Assert.ThrowsAsync<FailTaskException>(() => context.SetValueAsync("v100", 1));
            return 1;
        });
        host.Start().Store.Enqueue(Assigned());
        Assert.Equal(TaskState.Succeeded, (await host.ReportsAsync(1))[0].Outcome);
        Assert.Equal((ValueKind.Value, "rows", "12"), (host.Store.Told[0].Kind, host.Store.Told[0].Name, host.Store.Told[0].Json));
        Assert.Equal(100, host.Store.Told.Count);
    }

    [Fact]
    public async Task A_body_that_gives_no_heartbeat_is_cancelled_and_the_next_attempt_gets_the_last_details()
    {
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                var last = await context.HeartbeatDetails<string>();
                if (last is not null)
                    return last.Length;
                context.Heartbeat("file 6");
                context.Heartbeat("file 7!");
                context.Heartbeat();
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return 0;
            },
            spec => spec with { HeartbeatTimeout = TimeSpan.FromMilliseconds(50) });
        host.Start().Store.Enqueue(Assigned());
        var report = (await host.ReportsAsync(1))[0];
        Assert.Contains("called no context.Heartbeat for longer than its heartbeat timeout of 00:00:00.05", report.Why, StringComparison.Ordinal);
        Assert.Equal("\"file 7!\"", host.Store.Told[^1].Json);
        host.Store.Enqueue(Assigned() with { Attempt = 2 });
        Assert.Equal("7", Encoding.UTF8.GetString((await host.ReportsAsync(2))[1].Output!));
    }

    [Fact]
    public void A_heartbeat_begins_the_silence_anew()
    {
        using var attempt = new RunningAttempt(Assigned(), 1);
        SpinWait.SpinUntil(() => attempt.Silence > TimeSpan.FromMilliseconds(20));
        using var watch = new SilenceWatch(attempt, TimeSpan.FromHours(1));
        Assert.Equal(StopReason.None, attempt.Reason);
        using var late = new SilenceWatch(attempt, TimeSpan.FromMilliseconds(20));
        Assert.Equal(StopReason.Silent, attempt.Reason);
        attempt.Beat();
        Assert.InRange(attempt.Silence, TimeSpan.Zero, attempt.Elapsed);
    }

    [Fact]
    public async Task A_store_that_is_away_costs_progress_and_nothing_else()
    {
        var calls = 0;
        using var value = new LatestValue(
            (_, _) =>
            {
                calls++;
                throw new StoreUnavailableException("away", null);
            },
            TimeProvider.System);
        value.Set([1]);
        await value.FlushAsync();
        value.Set([2]);
        Assert.InRange(calls, 1, 3);
    }
}
