using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipelines.Notify.Webhook;

/// <summary>
/// Posts a notification as JSON. Settings: <c>url</c>; <c>secret</c>, with which it is signed; <c>format</c>, json unless said, or slack, which Mattermost and others take as well.
/// A signature is <c>Pipelines-Signature: v1=...</c>, the HMAC-SHA256 in hex of the header <c>Pipelines-Timestamp</c> (Unix seconds), a dot and the body.
/// </summary>
/// <param name="time">Of the timestamp.</param>
public sealed class WebhookNotifier(TimeProvider time) : INotifier, IDisposable
{
    private const int MostOfAnswer = 200;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.Default };

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10), PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>As the scheduler makes it.</summary>
    public WebhookNotifier()
        : this(TimeProvider.System)
    {
    }

    /// <inheritdoc/>
    public string Kind => "webhook";

    /// <inheritdoc/>
    public async Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation)
    {
        settings.Allow("url", "secret", "format");
        if (!Uri.TryCreate(settings.Secret("url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new PipelinesException("Its url is no address that begins with https:// or http://.");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Content(notification, settings.TextOrNull("format") ?? "json")) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Pipelines-Notification", notification.Id.ToString(CultureInfo.InvariantCulture));
        if (settings.SecretOrNull("secret") is { } secret)
            await SignAsync(request, secret).ConfigureAwait(false);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return;
        var code = (int)response.StatusCode;
        throw new PipelinesException(FormattableString.Invariant($"{url.Host} answered {code} {response.ReasonPhrase}") + (code is >= 300 and < 400
            ? ". Redirects are not followed: give the address that it leads to."
            : $": {await BeginningAsync(response, cancellation).ConfigureAwait(false)}"));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static byte[] Content(Notification notification, string format) => format switch
    {
        "json" => JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                notification.Id, notification.Channel, notification.What, Dag = notification.DagId, Run = notification.RunId, Task = notification.TaskId, notification.Attempt,
                notification.ScheduledFor, notification.At, notification.Why, notification.Actor, notification.Url, notification.Subject, notification.Body,
                Failures = notification.Failures.Select(failure => new { Task = failure.TaskId, failure.MapIndex, failure.Attempt, failure.Error }),
            },
            Json),
        "slack" => JsonSerializer.SerializeToUtf8Bytes(new { Text = $"*{Escaped(notification.Subject)}*\n{Escaped(notification.Body)}" }, Json),
        _ => throw new PipelinesException($"format={format} is unknown; write json or slack."),
    };

    /// <summary>What Slack takes for markup: with it a message could name a channel, or show an address as another.</summary>
    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private async Task SignAsync(HttpRequestMessage request, string secret)
    {
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp + "."), .. await request.Content!.ReadAsByteArrayAsync().ConfigureAwait(false)];
        request.Headers.Add("Pipelines-Timestamp", timestamp);
        request.Headers.Add("Pipelines-Signature", $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}");
    }

    private static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = new byte[MostOfAnswer];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return length == 0 ? "it said nothing" : Encoding.UTF8.GetString(bytes, 0, length);
    }
}
