using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Notify.Webhook;

namespace Pipelines.Plugins.Tests;

/// <summary>The webhook, against a server of its own.</summary>
public sealed class WebhookTests : IDisposable
{
    private readonly WebhookNotifier _notifier = new();
    private readonly HttpListener _server = new();
    private readonly string _url;

    public WebhookTests()
    {
        for (var port = Random.Shared.Next(20_000, 60_000); ; port++)
        {
            try
            {
                _server.Prefixes.Clear();
                _server.Prefixes.Add(_url = FormattableString.Invariant($"http://127.0.0.1:{port}/"));
                _server.Start();
                break;
            }
            catch (HttpListenerException)
            {
                // Taken: the next one.
            }
        }
    }

    [Fact]
    public async Task It_posts_JSON_that_whoever_knows_the_secret_can_verify()
    {
        var got = AnswerAsync(204);
        await SendAsync($"kind=webhook;url={_url}hook/T0ken;secret=s3cret");
        var (request, body) = await got;
        Assert.Equal(("POST", "/hook/T0ken", "application/json", "7"), (request.HttpMethod, request.Url!.AbsolutePath, request.ContentType, request.Headers["Pipelines-Notification"]));
        var timestamp = request.Headers["Pipelines-Timestamp"]!;
        Assert.InRange(long.Parse(timestamp, CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 300, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 300);
        Assert.Equal($"v1={Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes($"{timestamp}.{body}")))}", request.Headers["Pipelines-Signature"]);
        var json = JsonNode.Parse(body)!;
        Assert.Equal(("failed", "orders", 42L, "orders failed: load", "https://pipelines.example.com/runs/42"),
            ((string?)json["what"], (string?)json["dag"], (long)json["run"]!, (string?)json["subject"], (string?)json["url"]));
        Assert.Equal("IOException: <b>no</b> Bcc: everybody@example.com & <!channel> \"end\"", (string?)json["why"]);
        Assert.Equal(("load", 3), ((string?)json["failures"]![0]!["task"], (int)json["failures"]![0]!["mapIndex"]!));
        Assert.DoesNotContain('<', body);
    }

    [Fact]
    public async Task Without_a_secret_it_is_not_signed_and_Slack_gets_its_own_form()
    {
        var got = AnswerAsync(200);
        await SendAsync($"kind=webhook;url={_url};format=slack");
        var (request, body) = await got;
        Assert.Null(request.Headers["Pipelines-Signature"]);
        var text = (string?)JsonNode.Parse(body)!["text"];
        Assert.StartsWith("*orders failed: load*\nRun 42 of orders\n", text, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;no&lt;/b&gt; Bcc: everybody@example.com &amp; &lt;!channel&gt;", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "answered 500", "broken")]
    [InlineData(302, "answered 302", "Redirects are not followed")]
    public async Task What_is_not_taken_is_an_error_and_a_redirect_is_not_followed(int code, params string[] parts)
    {
        var got = AnswerAsync(code, "broken");
        var error = await Assert.ThrowsAsync<PipelinesException>(() => SendAsync($"kind=webhook;url={_url}hook/T0ken"));
        await got;
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("T0ken", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind=webhook", "no 'url'")]
    [InlineData("kind=webhook;url=ftp://x", "no address that begins with https://")]
    [InlineData("kind=webhook;url=http://x;secert=y", "'secert'")]
    [InlineData("kind=webhook;url=http://x;format=xml", "write json or slack")]
    public async Task A_mistake_of_the_operator_is_told(string settings, string part) =>
        Assert.Contains(part, (await Assert.ThrowsAsync<PipelinesException>(() => SendAsync(settings))).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _notifier.Dispose();
        ((IDisposable)_server).Dispose();
    }

    private Task SendAsync(string settings) => _notifier.SendAsync(Told.Of(), new ChannelSettings("ops", settings), CancellationToken.None);

    private async Task<(HttpListenerRequest Request, string Body)> AnswerAsync(int code, string answer = "")
    {
        var context = await _server.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream);
        var body = await reader.ReadToEndAsync();
        context.Response.StatusCode = code;
        context.Response.RedirectLocation = code == 302 ? _url + "elsewhere" : null;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
        context.Response.Close();
        return (context.Request, body);
    }
}
