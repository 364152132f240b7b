using Npgsql;
using Pipelines.Engine.Ports;

namespace Pipelines.Postgres;

/// <summary>One LISTEN connection a process, shared by all subscribers, opened again when it breaks.</summary>
public sealed class Listener(Db db) : IWakeups, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(string Channel, Action<string> Wake)> _subscribers = [];
    private Task? _loop;

    public IDisposable Subscribe(string channel, Action<string> wake)
    {
        var subscriber = (channel, wake);
        lock (_lock)
        {
            _subscribers.Add(subscriber);
            _loop ??= Task.Run(ListenAsync);
        }

        return new Subscription(() =>
        {
            lock (_lock)
                _subscribers.Remove(subscriber);
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await (_loop ?? Task.CompletedTask).ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <remarks>If the process or the connection dies here, notifications are lost and nothing else: every subscriber polls.</remarks>
    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await db.OpenAsync(_stop.Token).ConfigureAwait(false);
                connection.Notification += (_, notice) => Wake(notice.Channel, notice.Payload);
                await using (var listen = new NpgsqlCommand("listen pipelines_worker; listen pipelines_scheduler; listen pipelines_cancel; listen pipelines_fenced; listen pipelines_notification", connection))
                    await listen.ExecuteNonQueryAsync(_stop.Token).ConfigureAwait(false);
                Wake(null, "");                                   // whatever happened while nobody listened
                while (true)
                    await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is StoreUnavailableException or NpgsqlException or IOException or OperationCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
    }

    private void Wake(string? channel, string payload)
    {
        (string Channel, Action<string> Wake)[] subscribers;
        lock (_lock)
            subscribers = [.. _subscribers];
        foreach (var subscriber in subscribers)
        {
            if (channel is null ? subscriber.Channel is not ("pipelines_cancel" or "pipelines_fenced") : subscriber.Channel == channel)
                subscriber.Wake(payload);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
