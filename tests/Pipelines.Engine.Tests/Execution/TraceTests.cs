using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Ports;
using Pipelines.Engine.Tracing;
using static Pipelines.Engine.Tests.Execution.OutcomeTests;

namespace Pipelines.Engine.Tests.Execution;

/// <summary>The spans of runs and attempts. Whoever listens does so for the whole process.</summary>
[Collection(OnTheConsole.Name)]
public sealed class TraceTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(null)]
    [InlineData(Parent)]
    [InlineData("nonsense")]
    public async Task An_attempt_is_a_child_of_its_run_and_the_bodys_requests_are_part_of_it(string? parent)
    {
        var run = new RunTrace(1, At, parent);
        using var listens = new Listening();
        using var web = new Web();
        Activity? current = null;
        var asked = web.HeaderAsync();
        await using (var host = new WorkerHost(
            async (_, _) =>
            {
                current = Activity.Current;
                using var http = new HttpClient();
                await http.GetAsync(web.Address);
                return 42;
            },
            traces: new Kept(run)))
        {
            host.Start().Store.Enqueue(Assigned());
            await host.ReportsAsync(1);
        }

        var span = Assert.Single(listens.Ended, one => one.OperationName == "scripted.a");
        var own = Traces.Of(run);
        Assert.Same(span, current);
        Assert.Equal((own.TraceId, own.SpanId), (span.TraceId, span.ParentSpanId));
        Assert.Equal(parent == Parent ? "0af7651916cd43dd8448eb211c80319c" : Traces.Of(run with { Parent = null }).TraceId.ToHexString(), span.TraceId.ToHexString());
        Assert.StartsWith($"00-{span.TraceId}-", await asked, StringComparison.Ordinal);    // the request has a span of its own
        Assert.Equal(
            ("scripted", "a", 1L, "succeeded"),
            ((string?)span.GetTagItem("pipelines.dag"), (string?)span.GetTagItem("pipelines.task"), (long?)span.GetTagItem("pipelines.run"), (string?)span.GetTagItem("pipelines.outcome")));
        Assert.Equal(Assigned().StartedAt.UtcDateTime, span.StartTimeUtc);
    }

    [Fact]
    public async Task A_body_that_fails_says_why()
    {
        using var listens = new Listening();
        await using (var host = new WorkerHost((_, _) => throw new InvalidOperationException("the moon is full"), traces: new Kept(new RunTrace(1, At, null))))
        {
            host.Start().Store.Enqueue(Assigned());
            await host.ReportsAsync(1);
        }

        var span = Assert.Single(listens.Ended, one => one.OperationName == "scripted.a");
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Contains("the moon is full", span.StatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_asked_and_nothing_is_current()
    {
        Activity? current = null;
        var store = new Kept(new RunTrace(1, At, Parent));
        await using (var host = new WorkerHost(
            (_, _) =>
            {
                current = Activity.Current;
                return Task.FromResult(1);
            },
            traces: store))
        {
            host.Start().Store.Enqueue(Assigned());
            await host.ReportsAsync(1);
        }

        Assert.Null(current);
        Assert.Equal(0, store.Asked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Parent)]
    public async Task A_run_is_told_when_it_has_ended_under_the_ids_that_its_attempts_name(string? parent)
    {
        using var listens = new Listening();
        var run = new RunTrace(4711, At, parent);
        var store = new Kept(run) { Ended = [new EndedRun(run, "orders", 's', 'f', At, At.AddSeconds(2), At.AddSeconds(12), 3)] };
        await new RunTracer(store, TimeProvider.System, NullLogger<RunTracer>.Instance).PassAsync(default);
        var span = Assert.Single(listens.Ended, one => one.OperationName == "orders");
        Assert.Equal((Traces.Of(run).TraceId, Traces.Of(run).SpanId), (span.TraceId, span.SpanId));
        Assert.Equal(parent is null ? "0000000000000000" : "b7ad6b7169203331", span.ParentSpanId.ToHexString());
        Assert.Equal((At.UtcDateTime, TimeSpan.FromSeconds(12), ActivityStatusCode.Error), (span.StartTimeUtc, span.Duration, span.Status));
        Assert.Equal(("scheduled", "failed"), ((string?)span.GetTagItem("pipelines.kind"), (string?)span.GetTagItem("pipelines.outcome")));
    }

    [Fact]
    public void Runs_of_one_number_in_two_installations_are_two_traces()
    {
        Assert.NotEqual(Traces.Of(new RunTrace(1, At, null)).TraceId, Traces.Of(new RunTrace(1, At.AddTicks(10), null)).TraceId);
        Assert.NotEqual(Traces.Of(new RunTrace(1, At, Parent)).SpanId, Traces.Of(new RunTrace(2, At, Parent)).SpanId);
        Assert.Equal(Traces.Of(new RunTrace(1, At, null)), Traces.Of(new RunTrace(1, At.ToOffset(TimeSpan.FromHours(2)), null)));
    }

    [Fact]
    public async Task What_a_body_starts_sends_and_hands_out_is_part_of_its_attempt_and_a_signal_that_it_takes_is_linked()
    {
        using var listens = new Listening();
        await using (var host = new WorkerHost(
            async (context, _) =>
            {
                await context.SignalAsync(7, "shipped", 1);
                await context.WaitForSignalAsync<int>("go");
                await context.CallbackAsync<int>("carrier", _ => Task.CompletedTask, TimeSpan.FromHours(1));
                return (int)await context.RunAsync("close");
            },
            options: WorkerHost.Quick with { PublicUrl = new Uri("https://pipelines.example.com/") },
            traces: new Kept(new RunTrace(1, At, null))))
        {
            host.Store.Signals.Add((Assigned().Key.RunId, "go", new StoredSignal("1"u8.ToArray(), "ann", At) { TraceParent = Parent }));
            host.Store.Signals.Add((Assigned().Key.RunId, "callback:a:carrier", new StoredSignal("1"u8.ToArray(), "them", At)));
            host.Store.Ended[1] = new ChildRun(1, 's', null, null);
            host.Start().Store.Enqueue(Assigned());
            Assert.Equal(TaskState.Succeeded, Assert.Single(await host.ReportsAsync(1)).Outcome);
            var span = Assert.Single(listens.Ended, one => one.OperationName == "scripted.a");
            Assert.Equal([span.Id, span.Id], host.Store.Traced);
            Assert.Equal(span.Id, Assert.Single(host.Store.Children).TraceParent);
            Assert.Equal(Parent, $"00-{Assert.Single(span.Links).Context.TraceId}-{span.Links.Single().Context.SpanId}-01");
        }
    }

    [Fact]
    public async Task A_run_is_linked_to_those_who_sent_it_signals_once_each()
    {
        using var listens = new Listening();
        var run = new RunTrace(4712, At, null);
        var store = new Kept(run) { Ended = [new EndedRun(run, "linked", 'm', 's', At, At, At, 0) { Links = [Parent, Parent, "nonsense"] }] };
        await new RunTracer(store, TimeProvider.System, NullLogger<RunTracer>.Instance).PassAsync(default);
        Assert.Equal("b7ad6b7169203331", Assert.Single(Assert.Single(listens.Ended, one => one.OperationName == "linked").Links).Context.SpanId.ToHexString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_webhook_is_told_the_runs_trace_whether_anybody_listens_or_not(bool listens)
    {
        using var listening = listens ? new Listening() : null;
        using var web = new Web();
        var asked = web.HeaderAsync();
        using (Traces.Delivery(Parent))
        {
            using var http = new HttpClient();
            await http.GetAsync(web.Address);
        }

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", await asked, StringComparison.Ordinal);
        Assert.Null(Activity.Current);
    }

    private sealed class Kept(RunTrace run) : ITraceStore
    {
        public int Asked { get; private set; }

        public IReadOnlyList<EndedRun> Ended { get; init; } = [];

        public Task<IReadOnlyList<RunTrace>> LoadAsync(IReadOnlyCollection<long> runs, CancellationToken cancellation)
        {
            Asked++;
            return Task.FromResult<IReadOnlyList<RunTrace>>([run]);
        }

        public Task<EventMark> MarkAsync(CancellationToken cancellation) => Task.FromResult(new EventMark(10, []));

        public Task<IReadOnlyList<EndedRun>> TakeEndedAsync(long upTo, CancellationToken cancellation) => Task.FromResult(Ended);
    }

    private sealed class Listening : IDisposable
    {
        private readonly ActivityListener _listener;

        public Listening()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == Traces.Source, Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded, ActivityStopped = span => Ended.Enqueue(span),
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public ConcurrentQueue<Activity> Ended { get; } = new();

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Somebody else's service, which sees what is passed on.</summary>
    private sealed class Web : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Web()
        {
            using var port = new TcpListener(IPAddress.Loopback, 0);
            port.Start();
            Address = new Uri($"http://{port.LocalEndpoint}/");
            port.Stop();
            _listener.Prefixes.Add(Address.ToString());
            _listener.Start();
        }

        public Uri Address { get; }

        public async Task<string?> HeaderAsync()
        {
            var asked = await _listener.GetContextAsync();
            asked.Response.Close();
            return asked.Request.Headers["traceparent"];
        }

        public void Dispose() => _listener.Close();
    }
}
