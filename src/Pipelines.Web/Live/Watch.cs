using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Live;

/// <summary>A page that watches. One that does not keep up is cut off: it comes back by itself and catches up.</summary>
internal sealed class Follower(string? seen)
{
    private const int Backlog = 2048;

    public string? Seen { get; } = seen;

    public Channel<SseItem<string>> Events { get; } = Channel.CreateBounded<SseItem<string>>(new BoundedChannelOptions(Backlog) { SingleReader = true });

    public void Send(SseItem<string> item)
    {
        if (!Events.Writer.TryWrite(item))
            Events.Writer.TryComplete();
    }
}

/// <summary>Polls one topic for all its followers and tells them what has changed.</summary>
internal sealed class Watch(Topic topic, IConsole console, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>A slow look is repeated less often: watching never takes more than a tenth of the database's time.</summary>
    private const int Rest = 9;

    private readonly List<Follower> _followers = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private View? _view;
    private bool _down;
    private bool _faulted;

    public static Watch Start(Topic topic, IConsole console, TimeProvider time, ILogger logger)
    {
        var watch = new Watch(topic, console, time, logger);
        _ = watch.PollAsync(watch._stop.Token);
        return watch;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    public void Add(Follower follower)
    {
        lock (_gate)
        {
            _followers.Add(follower);
            if (_faulted)
                follower.Events.Writer.TryComplete();
            else if (_view is not null)
                Welcome(follower, _view);
        }
    }

    /// <summary>Returns true when it was the last one.</summary>
    public bool Remove(Follower follower)
    {
        lock (_gate)
        {
            _followers.Remove(follower);
            return _followers.Count == 0;
        }
    }

    private static void Welcome(Follower follower, View view)
    {
        if (follower.Seen == view.Fingerprint)
            return;
        foreach (var item in Items(view, null))
            follower.Send(item);
    }

    /// <summary>The last event carries the view's name: a page that comes back with it has seen all before.</summary>
    private static List<SseItem<string>> Items(View view, View? earlier)
    {
        var changes = view.Since(earlier).ToList();
        return [.. changes.Select((change, i) => new SseItem<string>(JsonSerializer.Serialize(change.Data, JsonSerializerOptions.Web), change.Type)
        {
            EventId = i == changes.Count - 1 ? view.Fingerprint : null,
        })];
    }

    /// <summary>Holds nothing that outlives the process: pages come back to any other one with the name of what they show.</summary>
    private async Task PollAsync(CancellationToken stop)
    {
        var pinged = time.GetTimestamp();
        try
        {
            while (true)
            {
                var began = time.GetTimestamp();
                await LookAsync(stop);
                var took = time.GetElapsedTime(began);
                if (time.GetElapsedTime(pinged) >= Silence)
                {
                    Tell([new SseItem<string>("{}", "ping")]);
                    pinged = time.GetTimestamp();
                }

                await Task.Delay(took * Rest > Pace ? took * Rest : Pace, time, stop);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The last follower has left.
        }
        catch (Exception e)
        {
            WebLog.WatchFailed(logger, e, topic.ToString());
            Cut();
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            var next = await topic.LookAsync(console, stop);
            if (next is null)
                return;
            lock (_gate)
            {
                if (_down)
                    TellLocked([new SseItem<string>("{}", "up")]);
                _down = false;
                if (_view is null)
                    _followers.ForEach(follower => Welcome(follower, next));
                else if (_view.Fingerprint != next.Fingerprint)
                    TellLocked(Items(next, _view));
                _view = next;
            }
        }
        catch (StoreUnavailableException)
        {
            if (!_down)
                Tell([new SseItem<string>("{}", "down")]);
            _down = true;
        }
    }

    private void Tell(IReadOnlyList<SseItem<string>> items)
    {
        lock (_gate)
            TellLocked(items);
    }

    private void TellLocked(IReadOnlyList<SseItem<string>> items)
    {
        foreach (var follower in _followers)
        {
            foreach (var item in items)
                follower.Send(item);
        }
    }

    private void Cut()
    {
        lock (_gate)
        {
            _faulted = true;
            _followers.ForEach(follower => follower.Events.Writer.TryComplete());
        }
    }
}
