using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Engine.Tracing;

/// <summary>Tells of runs that have ended, whoever ended them: any number of processes may, each run is told by one.</summary>
public sealed partial class RunTracer(ITraceStore store, TimeProvider time, ILogger<RunTracer> logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly EventHorizon _horizon = new();

    /// <summary>When the process dies between taking ended runs and telling of them, their root spans are missing from the trace; nothing else depends on them.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PassAsync(stop).ConfigureAwait(false);
                await Task.Delay(Pace, time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
            {
                Away(logger, e.Message);
                await Task.Delay(Pace * 5, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Tells of what has ended since the last pass of any process.</summary>
    internal async Task PassAsync(CancellationToken cancellation)
    {
        if (_horizon.Move(await store.MarkAsync(cancellation).ConfigureAwait(false)) is >= 0 and var upTo)
        {
            foreach (var run in await store.TakeEndedAsync(upTo, cancellation).ConfigureAwait(false))
                Traces.Ended(run);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The spans of ended runs have to wait: {Reason}")]
    private static partial void Away(ILogger logger, string reason);
}
