using Pipelines.Engine.Notifications;
using Pipelines.Engine.Ports;

namespace Pipelines.Plugins.Tests;

/// <summary>A notification whose error says what an attacker would like it to say.</summary>
internal static class Told
{
    public const string Hostile = "IOException: <b>no</b>\r\nBcc: everybody@example.com\n& <!channel> \u2028\u0000\"end\"";

    public static Notification Of(string why = Hostile) => NotificationText.Of(
        new TakenNotification(
            7, 1, "ops", 'f', "orders", 42, null, null, new(2026, 3, 2, 2, 0, 9, TimeSpan.Zero), new(2026, 3, 2, 2, 0, 0, TimeSpan.Zero), null, why, [new("load", 3, 2, why)]),
        new Uri("https://pipelines.example.com/"));
}
