using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.Plugins.Tests;

/// <summary>As much of a mail server as takes one message.</summary>
internal sealed class SmtpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string? _refusal;
    private readonly string _refused;

    /// <param name="refusal">What it says to RCPT instead of taking it; null: it takes it.</param>
    /// <param name="refused">Only to those that have this in it.</param>
    public SmtpServer(string? refusal = null, string refused = "")
    {
        (_refusal, _refused) = (refusal, refused);
        _listener.Start();
        Session = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The commands, and the message as it came.</summary>
    public Task<(List<string> Commands, string Message)> Session { get; }

    public void Dispose() => _listener.Dispose();

    private async Task<(List<string>, string)> ServeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        await using var writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
        var (commands, message) = (new List<string>(), new StringBuilder());
        await writer.WriteLineAsync("220 test");
        while (await reader.ReadLineAsync() is { } line)
        {
            commands.Add(line);
            if (line == "DATA")
            {
                await writer.WriteLineAsync("354 go on");
                while (await reader.ReadLineAsync() is { } part && part != ".")
                    message.Append(part).Append('\n');
            }

            await writer.WriteLineAsync(line.StartsWith("RCPT", StringComparison.Ordinal) && line.Contains(_refused, StringComparison.Ordinal) && _refusal is not null ? _refusal : line == "QUIT" ? "221 bye" : "250 ok");
            if (line == "QUIT")
                break;
        }

        return (commands, message.ToString());
    }
}
