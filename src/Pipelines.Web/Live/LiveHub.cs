using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Ports;

namespace Pipelines.Web.Live;

/// <summary>Who watches what: one poller a topic, only while somebody watches.</summary>
internal sealed class LiveHub(Backend backend, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveHub> logger)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Dictionary<Topic, Watch> _watches = [];
    private readonly Lock _gate = new();

    /// <summary>How many topics are polled now.</summary>
    public int Watched
    {
        get
        {
            lock (_gate)
                return _watches.Count;
        }
    }

    /// <summary>Events for a page that shows the view named <paramref name="seen"/>, until it leaves, is too slow, or the program ends.</summary>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(Topic topic, string? seen, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // A page comes back by itself, and is asked again who it is: a session that was ended sees nothing more.
        using var longest = new CancellationTokenSource(Longest, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping, longest.Token);
        var follower = new Follower(seen);
        Join(topic, follower);
        try
        {
            yield return new SseItem<string>("{}", "hello");
            while (await MoreAsync(follower, stop.Token))
            {
                while (follower.Events.Reader.TryRead(out var item))
                    yield return item;
            }
        }
        finally
        {
            Leave(topic, follower);
        }
    }

    private static async Task<bool> MoreAsync(Follower follower, CancellationToken cancellation)
    {
        try
        {
            return await follower.Events.Reader.WaitToReadAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Join(Topic topic, Follower follower)
    {
        lock (_gate)
        {
            if (!_watches.TryGetValue(topic, out var watch))
                _watches[topic] = watch = Watch.Start(topic, backend.Console, time, logger);
            watch.Add(follower);
        }
    }

    private void Leave(Topic topic, Follower follower)
    {
        lock (_gate)
        {
            if (!_watches.TryGetValue(topic, out var watch) || !watch.Remove(follower))
                return;
            _watches.Remove(topic);
            watch.Dispose();
        }
    }
}
