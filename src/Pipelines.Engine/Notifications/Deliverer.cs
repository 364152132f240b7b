using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;

namespace Pipelines.Engine.Notifications;

/// <summary>
/// Delivers what the engine wrote into the outbox: takes what is due, delivers it outside of any transaction, and records how that ended. Any number may
/// run. A channel that is slow holds only its own notifications back.
/// </summary>
public sealed partial class Deliverer(
    DelivererOptions options, INotificationStore store, Channels channels, IWakeups wakeups, ILogger<Deliverer> logger) : IDisposable
{
    private readonly Bell _bell = new(options.Poll);
    private readonly Outage _outage = new(logger);
    private readonly HashSet<Task> _running = [];

    /// <remarks>
    /// If the process dies with a delivery under way, its try is never recorded; when the lease is over the notification is due again, for whichever process is there. So
    /// a notification may be delivered twice, and is never lost.
    /// </remarks>
    public async Task RunAsync(CancellationToken stop)
    {
        using var wake = wakeups.Subscribe("pipelines_notification", _ => _bell.Ring());
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _running.RemoveWhere(task => task.IsCompleted);
                var room = options.AtOnce - _running.Count;
                var taken = room == 0 ? [] : await store.TakeAsync(room, options.Lease, options.Sender, stop).ConfigureAwait(false);
                _outage.Over();
                foreach (var notification in taken)
                    _running.Add(Task.Run(() => DeliverAsync(notification), CancellationToken.None));
                if (taken.Count == 0 || taken.Count == room)
                    await _bell.WaitAsync(stop).ConfigureAwait(false);   // each end rings
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                if (e is StoreUnavailableException away)
                    _outage.Lasts(away);
                else
                    Failed(logger, e);
                await Task.Delay(TimeSpan.FromSeconds(1), stop).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            }
        }

        await Task.WhenAll(_running).ConfigureAwait(false);              // each has its time limit
    }

    public void Dispose() => _bell.Dispose();

    private async Task DeliverAsync(TakenNotification taken)
    {
        try
        {
            var error = await TryAsync(taken).ConfigureAwait(false);
            FailPoint.Hit(FailPoint.AfterDelivery);
            var after = await store.RecordAsync(taken.Id, taken.Try, error, CancellationToken.None).ConfigureAwait(false);
            if (after == 'f')
                GivenUp(logger, taken.Id, taken.Channel, taken.Try, error!);
            else if (error is not null && taken.Try == 1)
                NotYet(logger, taken.Id, taken.Channel, error);
        }
        catch (StoreUnavailableException e)
        {
            _outage.Lasts(e);                                           // not recorded: it is due again when the lease is over
        }
        catch (Exception e)
        {
            Failed(logger, e);
        }
        finally
        {
            _bell.Ring();
        }
    }

    /// <summary>Why it was not delivered, one line without secrets; null: it was.</summary>
    private async Task<string?> TryAsync(TakenNotification taken)
    {
        ChannelSettings? settings = null;
        using var span = Traces.Delivery(taken.TraceParent);
        try
        {
            (var notifier, settings) = channels.Find(taken.Channel);
            using var limit = new CancellationTokenSource(options.Limit);
            // One that does not heed the token must not hold its place for ever.
            await notifier.SendAsync(NotificationText.Of(taken, options.PublicUrl), settings, limit.Token).WaitAsync(options.Limit + TimeSpan.FromSeconds(1), CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            return FormattableString.Invariant($"It took longer than {options.Limit.TotalSeconds:0} s.");
        }
        catch (Exception e)
        {
            var text = e is PipelinesException || e.InnerException is null ? e.Message : $"{e.Message} ({e.InnerException.Message})";
            return NotificationText.Short(NotificationText.OneLine(settings?.Mask(text) ?? text)!, 500);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Delivering notifications failed; it is tried again")]
    private static partial void Failed(ILogger logger, Exception e);

    [LoggerMessage(3, LogLevel.Warning, "Notification {Id} to {Channel} could not be delivered, and is tried again: {Error}")]
    private static partial void NotYet(ILogger logger, long id, string channel, string error);

    [LoggerMessage(2, LogLevel.Error, "Notification {Id} to {Channel} was given up after {Tries} tries: {Error}. To try again: pipelines notifications retry {Id}")]
    private static partial void GivenUp(ILogger logger, long id, string channel, short tries, string error);
}

/// <summary>How notifications are delivered.</summary>
public sealed record DelivererOptions
{
    /// <summary>How often it looks by itself for what is due.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest that one delivery may take.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When a try that nobody recorded counts as lost.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Deliveries at once.</summary>
    public int AtOnce { get; init; } = 16;

    /// <summary>Names this process in the log of tries.</summary>
    public string Sender { get; init; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    /// <summary>The console's address as people reach it; null: not known, and notifications hold no link.</summary>
    public Uri? PublicUrl { get; init; }
}
