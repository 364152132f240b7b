using Pipelines.Engine.Execution;
using Pipelines.Engine.Tests.Loading;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

[Collection(OnTheConsole.Name)]
public sealed class DrainTests
{
    [Fact]
    public async Task A_drained_worker_ends_what_it_runs_and_takes_no_more_until_it_is_resumed()
    {
        var held = new TaskCompletionSource();
        await using var host = new WorkerHost(
            async (context, _) =>
            {
                if (context.RunId == 1)
                    await held.Task;
                return 0;
            },
            options: WorkerHost.Quick with { Lease = TimeSpan.FromMilliseconds(900) });
        host.Start().Store.Enqueue(Assigned(run: 1));
        await Until.Holds(() => host.Store.Running.Count == 1);
        var beats = 0;
        host.Store.Before = (call, _, _) =>
        {
            if (call == "heartbeat")
                Interlocked.Increment(ref beats);
            return Task.CompletedTask;
        };

        host.Store.Draining = true;
        await Until.Holds(() => Volatile.Read(ref beats) >= 2);
        host.Store.Enqueue(Assigned(run: 2));
        held.SetResult();
        await host.ReportsAsync(1);
        var seen = Volatile.Read(ref beats);
        await Until.Holds(() => Volatile.Read(ref beats) >= seen + 2);
        Assert.Single(host.Store.Accepted);
        Assert.Empty(host.Store.Running);

        host.Store.Draining = false;
        Assert.Equal([1L, 2L], (await host.ReportsAsync(2)).Select(report => report.Key.RunId));
    }
}
