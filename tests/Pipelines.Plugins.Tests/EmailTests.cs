using System.Text;
using Pipelines.Notify.Email;

namespace Pipelines.Plugins.Tests;

/// <summary>E-mail, against a small server of its own.</summary>
public sealed class EmailTests
{
    [Fact]
    public async Task It_sends_plain_text_and_a_hostile_error_becomes_no_header()
    {
        using var server = new SmtpServer();
        await SendAsync($"kind=email;host=127.0.0.1;port={server.Port};tls=none;from=pipelines@example.com;to=\"ann@example.com, bob@example.com\"");
        var (commands, message) = await server.Session;
        Assert.Equal(2, commands.Count(command => command.StartsWith("RCPT", StringComparison.Ordinal)));
        Assert.DoesNotContain(commands, command => command.Contains("everybody", StringComparison.Ordinal));
        var (headers, body) = (message[..message.IndexOf("\n\n", StringComparison.Ordinal)], message[(message.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
        Assert.DoesNotContain("Bcc", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("text/plain", headers, StringComparison.Ordinal);
        Assert.Contains("<pipelines-7-42@example.com>", headers, StringComparison.Ordinal);
        var text = headers.Contains("base64", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Convert.FromBase64String(body.Replace("\n", "", StringComparison.Ordinal)))
            : body.Replace("=\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        Assert.Contains("load[3]: IOException: <b>no</b> Bcc: everybody@example.com", text, StringComparison.Ordinal);
        Assert.Contains("https://pipelines.example.com/runs/42", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_refuses_is_an_error()
    {
        using var server = new SmtpServer(refusal: "550 no such user");
        var error = await Assert.ThrowsAsync<PipelinesException>(() => SendAsync($"kind=email;host=127.0.0.1;port={server.Port};tls=none;from=pipelines@example.com;to=nobody@example.com"));
        Assert.Contains($"127.0.0.1:{server.Port} did not take the mail: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such user", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_of_several_has_got_is_delivered_and_not_sent_to_them_again()
    {
        using var server = new SmtpServer(refusal: "550 no such user", refused: "bob@");
        await SendAsync($"kind=email;host=127.0.0.1;port={server.Port};tls=none;from=pipelines@example.com;to=\"ann@example.com, bob@example.com\"");
        Assert.Contains("pipelines-7-42", (await server.Session).Message, StringComparison.Ordinal);
        using var none = new SmtpServer(refusal: "550 no such user");
        await Assert.ThrowsAsync<PipelinesException>(() => SendAsync($"kind=email;host=127.0.0.1;port={none.Port};tls=none;from=pipelines@example.com;to=\"ann@example.com, bob@example.com\""));
    }

    [Fact]
    public async Task A_server_without_TLS_is_refused_unless_the_operator_wants_it_so()
    {
        using var server = new SmtpServer();
        await Assert.ThrowsAsync<PipelinesException>(() => SendAsync($"kind=email;host=127.0.0.1;port={server.Port};from=pipelines@example.com;to=ann@example.com"));
    }

    [Theory]
    [InlineData("kind=email;from=a@example.com;to=b@example.com", "no 'host'")]
    [InlineData("kind=email;host=x;from=a@example.com;to=nonsense", "to=nonsense")]
    [InlineData("kind=email;host=x;tls=none;user=u;password=p4ssword;from=a@example.com;to=b@example.com", "not sent without tls")]
    [InlineData("kind=email;host=x;user=u;from=a@example.com;to=b@example.com", "belong together")]
    [InlineData("kind=email;host=x;port=abc;from=a@example.com;to=b@example.com", "port=abc")]
    [InlineData("kind=email;host=x;tls=maybe;from=a@example.com;to=b@example.com", "tls=maybe")]
    public async Task A_mistake_of_the_operator_is_told(string settings, string part)
    {
        var message = (await Assert.ThrowsAsync<PipelinesException>(() => SendAsync(settings))).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain("p4ssword", message, StringComparison.Ordinal);
    }

    private static Task SendAsync(string settings) => new EmailNotifier().SendAsync(Told.Of(), new ChannelSettings("ops", settings), CancellationToken.None);
}
