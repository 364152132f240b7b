using System.Net;
using System.Net.Mail;
using System.Text;

namespace Pipelines.Notify.Email;

/// <summary>
/// Sends a notification as plain text over SMTP. Settings: <c>host</c>; <c>port</c>, 587 unless said; <c>tls</c>, starttls unless said, or none; <c>user</c> and
/// <c>password</c>; <c>from</c>; <c>to</c>, several with commas. The same notification always has the same Message-ID, by which mail systems drop a repetition.
/// It is delivered when the server has taken it for one of several addresses: the others' refusal must not send it to that one again.
/// </summary>
public sealed class EmailNotifier : INotifier
{
    /// <inheritdoc/>
    public string Kind => "email";

    /// <inheritdoc/>
    public async Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation)
    {
        settings.Allow("host", "port", "tls", "user", "password", "from", "to");
        var secure = settings.TextOrNull("tls") switch
        {
            null or "starttls" => true,
            "none" => false,
            var other => throw new PipelinesException($"tls={other} is unknown; write starttls or none."),
        };
        var (user, password) = (settings.TextOrNull("user"), settings.SecretOrNull("password"));
        if ((user is null) != (password is null))
            throw new PipelinesException("user and password belong together; give both or none.");
        if (user is not null && !secure)
            throw new PipelinesException("A password is not sent without tls=starttls: everybody on the way could read it.");
        using var message = Message(notification, settings.Text("from"), settings.Text("to"));
        using var client = new SmtpClient(settings.Text("host"), settings.Number("port", 587))
        {
            EnableSsl = secure, Credentials = user is null ? null : new NetworkCredential(user, password),
        };
        try
        {
            await client.SendMailAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (SmtpFailedRecipientException e) when (Refused(e) < message.To.Count)
        {
            // The others have it by now, and would get it again with every try.
        }
        catch (SmtpException e)
        {
            throw new PipelinesException($"{client.Host}:{client.Port} did not take the mail: {e.Message}{(e.InnerException is { } inner ? $" ({inner.Message})" : "")}", e);
        }
    }

    /// <summary>Thrown before the mail is sent when it was all of them, and after it when it was some.</summary>
    private static int Refused(SmtpFailedRecipientException e) => e is SmtpFailedRecipientsException several ? several.InnerExceptions.Length : 1;

    private static MailMessage Message(Notification notification, string from, string to)
    {
        try
        {
            var message = new MailMessage(from, to, notification.Subject, notification.Body)
            {
                SubjectEncoding = Encoding.UTF8, BodyEncoding = Encoding.UTF8, IsBodyHtml = false,
            };
            message.Headers.Add("Message-ID", FormattableString.Invariant($"<pipelines-{notification.Id}-{notification.RunId}@{new MailAddress(from).Host}>"));
            message.Headers.Add("Auto-Submitted", "auto-generated");     // no out-of-office answers, please
            return message;
        }
        catch (FormatException)
        {
            throw new PipelinesException($"from={from} or to={to} is no e-mail address, or several with commas.");
        }
    }
}
