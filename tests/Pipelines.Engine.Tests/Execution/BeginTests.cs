using System.Collections.Concurrent;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>Between the assignment of an attempt and its body: assemblies and inputs are loaded, and much may happen.</summary>
public sealed class BeginTests
{
    /// <param name="ended">Whether the second attempt has ended when it is the first one's turn.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_handed_out_anew_while_an_assembly_loads_runs_once_and_takes_one_slot(bool ended)
    {
        var release = new TaskCompletionSource();
        var ran = new ConcurrentQueue<(long, int)>();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                ran.Enqueue((context.RunId, context.Attempt));
                if (context.RunId == 2)
                    await release.Task;
                return 1;
            },
            options: WorkerHost.Quick with { Lease = TimeSpan.FromSeconds(3) });
        var (loading, load) = HoldLoads(host);
        host.Store.Enqueue(Assigned(1) with { VersionId = 99 });
        host.Store.Enqueue(Assigned(2));
        host.Store.Enqueue(Assigned(3));
        host.Start();
        await loading.Task;
        host.Store.Enqueue(Assigned(2, attempt: 2));
        await Until.Holds(() => ran.Contains((2, 2)), "the second attempt runs");
        if (ended)
        {
            release.SetResult();
            await host.ReportsAsync(1);
        }

        load.SetResult();
        await Until.Holds(() => host.Store.Accepted.Any(report => report.Key.RunId == 3), "the first batch has gone on");
        release.TrySetResult();
        await host.ReportsAsync(3);
        host.Store.Busy = -1;
        await Until.Holds(() => host.Store.Busy == 0, "no slot is taken any more");
        Assert.Equal([(2L, 2), (3L, 1)], ran.Order());
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task What_was_taken_back_while_its_assembly_loads_is_not_reported_though_that_fails()
    {
        await using var host = new WorkerHost((_, _) => Task.FromResult(1));
        var (loading, load) = HoldLoads(host);
        host.Store.Enqueue(Assigned(1) with { VersionId = 99 });
        host.Store.Enqueue(Assigned(2));
        host.Start();
        await loading.Task;
        host.Store.Notify("pipelines_fenced", "1 0 -1 1");
        load.SetResult();
        Assert.Equal(2, Assert.Single(await host.ReportsAsync(1)).Key.RunId);
    }

    /// <param name="channel">What tells the worker while the inputs are loaded.</param>
    [Theory]
    [InlineData("pipelines_cancel", "1", false, TaskState.Cancelled)]
    [InlineData("pipelines_cancel", "1", true, TaskState.Succeeded)]
    [InlineData("pipelines_fenced", "1 1 -1 1", false, null)]
    [InlineData("pipelines_fenced", "1 1 -1 1", true, null)]
    public async Task What_is_stopped_before_its_body_began_does_nothing_but_for_teardowns(string channel, string payload, bool shielded, char? outcome)
    {
        var (loading, load) = (new TaskCompletionSource(), new TaskCompletionSource());
        var ran = new ConcurrentQueue<long>();
        await using var host = new WorkerHost((context, _) =>
        {
            ran.Enqueue(context.RunId);
            return Task.FromResult(1);
        });
        host.Store.Before = async (call, _, _) =>
        {
            if (call != "outputs")
                return;
            loading.TrySetResult();
            await load.Task;
        };
        host.Store.Enqueue(Assigned(1, task: 1) with { Shielded = shielded });
        host.Store.Enqueue(Assigned(2, task: 1));
        host.Start();
        await loading.Task;
        host.Store.Notify(channel, payload);
        load.SetResult();
        await Until.Holds(() => host.Store.Accepted.Length == (outcome is null ? 1 : 2), "what is to be reported is");
        await host.StopAsync();
        long[] begun = outcome is TaskState.Succeeded ? [1, 2] : [2];
        Assert.Equal(begun, ran.Order());
        Assert.Equal(outcome, host.Store.Accepted.FirstOrDefault(report => report.Key.RunId == 1)?.Outcome);
        Assert.Empty(host.Store.Fenced);
    }

    [Fact]
    public async Task What_was_stopped_while_it_was_handed_out_does_nothing()
    {
        var ran = 0;
        await using var host = new WorkerHost((_, _) => Task.FromResult(Interlocked.Increment(ref ran)));
        host.Start().Store.Enqueue(Assigned() with { Stopping = true });
        Assert.Equal(TaskState.Cancelled, Assert.Single(await host.ReportsAsync(1)).Outcome);
        Assert.Equal(0, ran);
    }

    [Theory]
    [InlineData(StopReason.Cancelled, TaskState.Cancelled)]
    [InlineData(StopReason.Draining, TaskState.Queued)]
    [InlineData(StopReason.LeaseLost, null)]
    [InlineData(StopReason.Fenced, null)]
    public async Task Whoever_stops_an_attempt_before_its_body_decides_its_outcome(StopReason reason, char? outcome)
    {
        var ran = 0;
        await using var host = new WorkerHost((_, _) => Task.FromResult(Interlocked.Increment(ref ran)));
        host.Start();
        using var attempt = new RunningAttempt(Assigned(), 1);
        attempt.Stop(reason);
        Assert.Equal(outcome, (await host.ExecuteAsync(attempt))?.Outcome);
        Assert.Equal(0, ran);
    }

    /// <summary>Every version but the first loads when it is let go; tells when one of them begins to.</summary>
    private static (TaskCompletionSource Loading, TaskCompletionSource Load) HoldLoads(WorkerHost host)
    {
        var (loading, load) = (new TaskCompletionSource(), new TaskCompletionSource());
        host.BeforeLoad = async version =>
        {
            if (version == 1)
                return;
            loading.TrySetResult();
            await load.Task;
        };
        return (loading, load);
    }
}
