using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Pipelines.EndToEnd.Tests;

/// <summary>
/// Stands between processes and PostgreSQL, as a network that fails: connections that hang without a word, that are cut, that are
/// closed from one side, that end in the middle of an answer.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly List<Link> _links = [];
    private readonly Task _accepting;
    private Func<Link, bool> _frozen = _ => false;
    private TaskCompletionSource _thawed = new();

    public FaultProxy(string connectionString)
    {
        _target = new(connectionString);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Leads to the same database, through here.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_target.ConnectionString)
    {
        Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
    }.ConnectionString;

    public int Cuts { get; private set; }

    /// <summary>From now on no byte passes in either direction, also of new connections, and nobody is told.</summary>
    /// <param name="said">Only connections on which the client has said this; null: all.</param>
    public void Freeze(string? said = null)
    {
        _thawed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _frozen = link => said is null || link.HasSaid(said);
    }

    /// <summary>What was held back passes now.</summary>
    public void Thaw()
    {
        _frozen = _ => false;
        _thawed.TrySetResult();
    }

    /// <summary>Resets all connections after so many more bytes of answers: in the middle of one, as a rule.</summary>
    public void Cut(int bytes) => Each(link => link.Left = bytes);

    /// <summary>Tells all clients that the server sends no more; what they send still arrives.</summary>
    public void HalfClose() => Each(link => link.ShutAnswers());

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Thaw();
        Each(link => link.Reset());
        await _accepting;
    }

    private void Each(Action<Link> what)
    {
        lock (_links)
        {
            _links.RemoveAll(link => link.IsClosed);
            Cuts += _links.Count;
            _links.ForEach(what);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            var link = new Link(client, server);
            lock (_links)
                _links.Add(link);
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_target.Host!, $".s.PGSQL.{_target.Port}")));
                _ = PumpAsync(link, client, server, answers: false);
                _ = PumpAsync(link, server, client, answers: true);
            }
            catch (SocketException)
            {
                link.Reset();
            }
        }
    }

    private async Task PumpAsync(Link link, Socket from, Socket to, bool answers)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var read)
            {
                if (!answers)
                    link.Hear(buffer.AsSpan(0, read));
                while (_frozen(link))
                    await _thawed.Task;
                if (answers && link.Left < read)
                {
                    await to.SendAsync(buffer.AsMemory(0, link.Left));
                    break;
                }

                if (answers && link.Left != int.MaxValue)
                    link.Left -= read;
                await to.SendAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }

        link.Reset();
    }

    private sealed class Link(Socket client, Socket server)
    {
        private readonly StringBuilder _said = new();

        public bool IsClosed { get; private set; }

        /// <summary>Bytes of answers that still pass.</summary>
        public int Left { get; set; } = int.MaxValue;

        public void Hear(ReadOnlySpan<byte> bytes)
        {
            lock (_said)
                _said.Append(Encoding.ASCII.GetString(bytes));
        }

        public bool HasSaid(string text)
        {
            lock (_said)
                return _said.ToString().Contains(text, StringComparison.Ordinal);
        }

        public void ShutAnswers()
        {
            try
            {
                client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
            }
        }

        public void Reset()
        {
            IsClosed = true;
            client.Close(0);
            server.Close(0);
        }
    }
}
