using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Execution;

/// <summary>Something of which only the last one counts: written in the background, at once and then once a second at most. Who sets it waits for nothing.</summary>
/// <param name="save">Writes it; false: nobody wants any more.</param>
/// <param name="time">What the pauses are measured by.</param>
public sealed class LatestValue(Func<byte[], CancellationToken, Task<bool>> save, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _over = new();
    private byte[]? _pending;
    private bool _done;
    private Task? _writing;

    public void Set(byte[] json)
    {
        lock (_gate)
        {
            if (_done)
                return;
            _pending = json;
            _writing ??= Task.Run(WriteAsync);
        }
    }

    /// <summary>Writes what is left, if the store is there: nobody waits for it for longer than two seconds.</summary>
    public async Task FlushAsync()
    {
        Task? writing;
        lock (_gate)
            writing = _writing;
        await _hurry.CancelAsync().ConfigureAwait(false);
        if (writing is not null)
            await Task.WhenAny(writing, Task.Delay(Longest)).ConfigureAwait(false);
        lock (_gate)
            _done = true;
        await _over.CancelAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        _hurry.Dispose();
        _over.Dispose();
    }

    private async Task WriteAsync()
    {
        var (hurry, over) = (_hurry.Token, _over.Token);
        while (Next() is { } json)
        {
            if (!await TryAsync(json, over).ConfigureAwait(false))
            {
                lock (_gate)
                    _pending ??= json;                                    // again with the next, unless there is a newer one
                if (hurry.IsCancellationRequested)
                    return;
            }

            await Task.WhenAny(Task.Delay(Pause, time, hurry)).ConfigureAwait(false);
        }
    }

    private byte[]? Next()
    {
        lock (_gate)
        {
            var json = _pending;
            _pending = null;
            if (json is null)
                _writing = null;
            return json;
        }
    }

    /// <returns>False: the store is away.</returns>
    private async Task<bool> TryAsync(byte[] json, CancellationToken over)
    {
        try
        {
            if (!await save(json, over).ConfigureAwait(false))
            {
                lock (_gate)
                    (_done, _pending) = (true, null);
            }
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            return false;
        }
        catch (DataRefusedException)
        {
            // Such as text with a character that the store cannot hold: the next one may be good.
        }

        return true;
    }
}
