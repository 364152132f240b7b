using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Requests;

namespace Pipelines.Web.Api;

/// <summary>
/// Follows the events in the order of their numbers, and loses none. Events are told only up to a number that nobody who writes can still be below: the <see cref="EventHorizon"/>.
/// One look serves all who follow; a follower reads only when there is something new.
/// </summary>
internal sealed class EventFeed(Backend backend, TimeProvider time, IHostApplicationLifetime lifetime) : IDisposable
{
    /// <summary>So many numbers are read at once: it bounds a page whatever a filter leaves of it.</summary>
    private const long Step = 5000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly EventHorizon _horizon = new();
    private long _lookedAt;

    /// <summary>Events after a number, batch by batch, each with the number up to which it tells everything; an empty one now and then, as a sign of life.</summary>
    /// <param name="reader">Reads what they see who follow.</param>
    /// <param name="after">Only later ones; null: from now on.</param>
    /// <param name="dag">Only of this DAG and its runs; null: all.</param>
    /// <param name="run">Only of this run; null: all.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<(IReadOnlyList<NumberedEvent> Events, long UpTo)> FollowAsync(
        IConsole reader, long? after, string? dag, long? run, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        var last = after ?? await SettledAsync(stop.Token);
        for (; last < 0; last = await SettledAsync(stop.Token))
            await Task.Delay(Pace, time, stop.Token);
        yield return ([], last);
        var spoke = time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            var upTo = Math.Min(await SettledAsync(stop.Token), last + Step);
            var events = upTo > last ? await reader.EventsBetweenAsync(last, upTo, dag, run, stop.Token) : [];
            var more = upTo == last + Step;
            last = Math.Max(last, upTo);
            if (events.Count > 0 || more || time.GetElapsedTime(spoke) >= Silence)
            {
                yield return (events, last);
                spoke = time.GetTimestamp();
            }

            if (!more)
                await Task.Delay(Pace, time, stop.Token);
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Every event up to here is visible, or will never be; -1: that is not known yet.</summary>
    private async Task<long> SettledAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_horizon.Settled >= 0 && time.GetElapsedTime(_lookedAt) < Pace)
                return _horizon.Settled;
            var settled = _horizon.Move(await backend.Console.EventMarkAsync(cancellation));
            _lookedAt = time.GetTimestamp();
            return settled;
        }
        finally
        {
            _turn.Release();
        }
    }
}
