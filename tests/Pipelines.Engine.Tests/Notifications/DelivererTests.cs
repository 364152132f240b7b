using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Notifications;
using Pipelines.Engine.Ports;

namespace Pipelines.Engine.Tests.Notifications;

/// <summary>The loop that delivers, over an outbox in memory.</summary>
public sealed class DelivererTests : IAsyncLifetime, IDisposable
{
    private readonly Outbox _outbox = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Script _script = new();
    private Task _running = Task.CompletedTask;
    private Deliverer? _deliverer;

    [Fact]
    public async Task What_is_delivered_is_recorded_with_its_text_made()
    {
        Start();
        _outbox.Put(1, "ops");
        Assert.Equal("1.1 delivered", await _outbox.RecordedAsync());
        var sent = Assert.Single(_script.Sent);
        Assert.Equal(("ops", "orders failed: load", "https://p.example.com/runs/42"), (sent.Channel, sent.Subject, sent.Url!.AbsoluteUri));
    }

    [Fact]
    public async Task What_dies_between_delivering_and_saying_so_is_delivered_again()
    {
        _outbox.RecordsLost = 1;
        Start();
        _outbox.Put(1, "ops");
        Assert.Equal("1.2 delivered", await _outbox.RecordedAsync());
        Assert.Equal([1L, 1L], _script.Sent.Select(sent => sent.Id));
    }

    [Theory]
    [InlineData("secret", "no place for hunter2\nat https://hooks.example.com/T0ken?k=v, that is /T0ken?k=v", "no place for *** at ***, that is ***")]
    [InlineData("nowhere", "", "There is no channel 'nowhere'. Set PIPELINES_CHANNEL_NOWHERE to kind=...")]
    [InlineData("odd", "", "PIPELINES_CHANNEL_ODD is of the kind 'pigeon', for which no plugin is loaded; there are: script.")]
    [InlineData("torn", "", "PIPELINES_CHANNEL_TORN cannot be read. Write kind=webhook;url=")]
    [InlineData("ops", "inner", "outer (inner)")]
    public async Task An_error_is_one_line_without_secrets(string channel, string says, string part)
    {
        _script.Fails = channel == "ops" ? new InvalidOperationException("outer", new InvalidOperationException(says)) : new InvalidOperationException(says);
        Start();
        _outbox.Put(1, channel);
        var recorded = await _outbox.RecordedAsync();
        Assert.Contains(part, recorded, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", recorded, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', recorded);
    }

    [Fact]
    public async Task A_channel_that_hangs_is_left_after_a_while_and_holds_back_no_other()
    {
        Start(new DelivererOptions { Limit = TimeSpan.FromMilliseconds(200), AtOnce = 2 });
        _outbox.Put(1, "hangs");
        _outbox.Put(2, "ops");
        Assert.Equal(["1.1 It took longer than 0 s.", "2.1 delivered"], new[] { await _outbox.RecordedAsync(), await _outbox.RecordedAsync() }.Order());
    }

    [Fact]
    public async Task Stopping_waits_for_what_is_under_way()
    {
        Start();
        _outbox.Put(1, "gated");
        await _script.Reached.Task;
        await _stop.CancelAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => _running.WaitAsync(TimeSpan.FromMilliseconds(500)));
        _script.Gate.SetResult();
        await _running;
        Assert.Equal("1.1 delivered", await _outbox.RecordedAsync());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public void Dispose()
    {
        _deliverer?.Dispose();
        _stop.Dispose();
    }

    private void Start(DelivererOptions? options = null)
    {
        var variables = new Dictionary<string, string>
        {
            ["PIPELINES_CHANNEL_OPS"] = "kind=script", ["PIPELINES_CHANNEL_HANGS"] = "kind=script", ["PIPELINES_CHANNEL_GATED"] = "kind=script", ["PIPELINES_CHANNEL_ODD"] = "kind=pigeon",
            ["PIPELINES_CHANNEL_SECRET"] = "kind=script;password=hunter2;url=https://hooks.example.com/T0ken?k=v", ["PIPELINES_CHANNEL_TORN"] = "hunter2",
        };
        _deliverer = new Deliverer(
            (options ?? new DelivererOptions()) with { Poll = TimeSpan.FromMilliseconds(10), PublicUrl = new Uri("https://p.example.com") },
            _outbox, new Channels(variables.GetValueOrDefault, new NotifierPlugins(_script)), new NoWakeups(), NullLogger<Deliverer>.Instance);
        _running = _deliverer.RunAsync(_stop.Token);
    }

    private sealed class Script : INotifier
    {
        public ConcurrentQueue<Notification> Sent { get; } = [];

        public Exception? Fails { get; set; }

        public TaskCompletionSource Gate { get; } = new();

        public TaskCompletionSource Reached { get; } = new();

        public string Kind => "script";

        public async Task SendAsync(Notification notification, ChannelSettings settings, CancellationToken cancellation)
        {
            if (Fails is not null)
                throw Fails;
            Sent.Enqueue(notification);
            Reached.TrySetResult();
            if (notification.Channel == "hangs")
                await new TaskCompletionSource().Task;                   // and heeds no token
            if (notification.Channel == "gated")
                await Gate.Task;
        }
    }

    /// <summary>Gives a notification anew as long as nobody recorded it.</summary>
    private sealed class Outbox : INotificationStore
    {
        private readonly ConcurrentQueue<TakenNotification> _due = [];
        private readonly System.Threading.Channels.Channel<string> _recorded = System.Threading.Channels.Channel.CreateUnbounded<string>();

        public int RecordsLost { get; set; }

        public void Put(long id, string channel) => _due.Enqueue(new(id, 1, channel, 'f', "orders", 42, null, null, default, default, null, null, [new("load", null, 1, "no")]));

        public async Task<string> RecordedAsync() => await _recorded.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        public Task<IReadOnlyList<TakenNotification>> TakeAsync(int limit, TimeSpan lease, string sender, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<TakenNotification>>(_due.TryDequeue(out var due) ? [due] : []);

        public Task<char?> RecordAsync(long id, short attempt, string? error, CancellationToken cancellation)
        {
            if (RecordsLost-- > 0)
            {
                _due.Enqueue(new(id, (short)(attempt + 1), "ops", 'f', "orders", 42, null, null, default, default, null, null, []));
                throw new StoreUnavailableException("away", null);
            }

            _recorded.Writer.TryWrite($"{id}.{attempt} {error ?? "delivered"}");
            return Task.FromResult<char?>(error is null ? 's' : 'w');
        }
    }

    private sealed class NoWakeups : IWakeups
    {
        public IDisposable Subscribe(string channel, Action<string> wake) => new CancellationTokenSource();
    }
}
