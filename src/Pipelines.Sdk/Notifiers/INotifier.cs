namespace Pipelines;

/// <summary>
/// Delivers notifications to one kind of channel. A plugin has a public class of it with a parameterless constructor; the scheduler makes one
/// instance when it starts and calls it for many notifications at once.
/// </summary>
/// <example><code>
/// public sealed class PrinterNotifier : INotifier
/// {
///     public string Kind => "printer";
///
///     public Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation)
///     {
///         settings.Allow("path");
///         return File.AppendAllTextAsync(settings.Text("path"), $"{notification.Subject}\n{notification.Body}\n", cancellation);
///     }
/// }
/// </code></example>
public interface INotifier
{
    /// <summary>What operators write as <c>kind</c> of a channel: lower case, such as <c>webhook</c>.</summary>
    string Kind { get; }

    /// <summary>
    /// Delivers one notification, or throws: then it is tried again, later. The exception's message is kept and shown, without the secrets of <paramref name="settings"/>. The same
    /// notification may come again though it was delivered: <see cref="Notification.Id"/> tells.
    /// </summary>
    /// <param name="notification">What to tell.</param>
    /// <param name="settings">How the operator configured the channel.</param>
    /// <param name="cancellation">Signalled after 30 seconds.</param>
    Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation);
}
