namespace Pipelines.Engine.Ports;

/// <summary>The outbox as those see it who deliver from it. Any number of processes may: each notification is taken by one at a time.</summary>
public interface INotificationStore
{
    /// <summary>Takes notifications that are due, each for one try. A try that is not recorded within the lease counts as lost.</summary>
    /// <param name="limit">How many at most.</param>
    /// <param name="lease">How long a try may take.</param>
    /// <param name="sender">Names this process in the log of tries.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<IReadOnlyList<TakenNotification>> TakeAsync(int limit, TimeSpan lease, string sender, CancellationToken cancellation);

    /// <summary>Says how a try ended. Returns the notification's state after: s delivered, w it is tried again, f given up; null: another try goes on, or has delivered it.</summary>
    /// <param name="id">The notification.</param>
    /// <param name="attempt">The number of the try.</param>
    /// <param name="error">Why it was not delivered; null: it was.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<char?> RecordAsync(long id, short attempt, string? error, CancellationToken cancellation);
}

/// <summary>A notification that is to be delivered now.</summary>
/// <param name="Try">The number of this try, from 1.</param>
/// <param name="What">f failed, s succeeded, c cancelled, y to be tried again, d its deadline has passed.</param>
/// <param name="Why">The reason that the event gives.</param>
public sealed record TakenNotification(
    long Id, short Try, string Channel, char What, string DagId, long RunId, string? TaskId, short? Attempt, DateTimeOffset At, DateTimeOffset ScheduledFor,
    string? Actor, string? Why, IReadOnlyList<TaskFailure> Failures)
{
    /// <summary>The W3C traceparent of the run's own span.</summary>
    public string? TraceParent { get; init; }
}
