using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Brings the logs of all attempts of a worker to the store: whatever is pending goes in one statement, at least every 200 ms, at
/// once when an attempt ends or has filled a chunk.
/// </summary>
public sealed class LogShipper(ILogStore store, ILogger<LogShipper> logger) : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<AttemptLog, bool> _pending = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _flushes = new();
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _stop = new();
    private int _timed;
    private Task? _loop;

    public void Start() => _loop = Task.Run(() => ShipAsync(_stop.Token));

    /// <summary>Lines are pending; they go with the next batch.</summary>
    public void Wants(AttemptLog log, bool now)
    {
        _pending.TryAdd(log, true);
        if (now)
            _bell.Ring();
        else if (Interlocked.Exchange(ref _timed, 1) == 0)
            _ = Task.Delay(Every).ContinueWith(
                _ =>
                {
                    Volatile.Write(ref _timed, 0);
                    _bell.Ring();
                },
                TaskScheduler.Default);
    }

    /// <summary>Returns when all lines written before the call are durable.</summary>
    public Task FlushAsync(AttemptLog log)
    {
        if (!log.HasPending)
            return Task.CompletedTask;
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending.TryAdd(log, true);
        _flushes.Enqueue(flushed);
        _bell.Ring();
        return flushed.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await (_loop ?? Task.CompletedTask).ConfigureAwait(false);
        _bell.Dispose();
        _stop.Dispose();
    }

    /// <remarks>
    /// If the process dies here, lines of the last 200 ms of running attempts are lost with the attempts; an attempt that was
    /// reported as ended has its whole log in the store, for its flush came first.
    /// </remarks>
    private async Task ShipAsync(CancellationToken stop)
    {
        var chunks = new List<LogChunk>();
        var parts = new List<(AttemptLog Log, int Bytes)>();
        var flushes = new List<TaskCompletionSource>();
        while (true)
        {
            try
            {
                await _bell.WaitAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            while (_flushes.TryDequeue(out var flush))
                flushes.Add(flush);
            foreach (var log in _pending.Keys)
            {
                _pending.TryRemove(log, out _);
                var from = chunks.Count;
                log.Take(chunks);
                parts.Add((log, chunks.Skip(from).Sum(chunk => chunk.Body.Length)));
            }

            await AppendAsync(chunks, stop).ConfigureAwait(false);
            foreach (var (log, bytes) in parts)
                log.Shipped(bytes);
            foreach (var flush in flushes)
                flush.TrySetResult();
            chunks.Clear();
            parts.Clear();
            flushes.Clear();
        }
    }

    /// <summary>A store that is away for a while loses no line: bodies wait once their buffers are full.</summary>
    private async Task AppendAsync(List<LogChunk> chunks, CancellationToken stop)
    {
        while (chunks.Count > 0)
        {
            try
            {
                await store.AppendAsync(chunks, stop).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Every, stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
                if (stop.IsCancellationRequested)
                    return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Lines that the store refuses for good must not hold up the ends of all attempts.
                WorkerLog.LinesRefused(logger, e, chunks.Sum(chunk => chunk.Lines));
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
