using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipelines.EndToEnd.Tests;

/// <summary>A collector of the test's own, and processes that send it their spans.</summary>
public sealed class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task A_run_and_its_attempts_come_to_the_collector_in_the_trace_that_it_was_started_in()
    {
        using var collector = new Collector();
        await using var at = await Installation.CreateAsync(Built.Dags);
        at.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        at.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        at.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "200";
        at.Environment["OTEL_SERVICE_NAME"] = "nightly";
        at.Environment["TRACEPARENT"] = $"00-{TraceId}-b7ad6b7169203331-01";
        await at.SchedulerAsync("good");
        await at.WorkerAsync("--slots", "2");
        await at.RunEndsAsync(await at.StartRunAsync("good"));
        var task = await at.Store.TextAsync("select 'good.' || task_id from dag_task t join dag d using (version_id) where dag_id = 'good' limit 1");
        await at.UntilAsync("the attempt is told of", () => collector.Has(task, "succeeded", "nightly"));
        await at.UntilAsync("the run is told of", () => collector.Has("good", "manual", "pipelines.scheduled_for"));
    }

    /// <summary>Takes what is sent over OTLP/HTTP, and looks for texts beside the trace in it.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentQueue<string> _sent = new();

        public Collector()
        {
            using var port = new TcpListener(IPAddress.Loopback, 0);
            port.Start();
            Address = $"http://{port.LocalEndpoint}/";
            port.Stop();
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = TakeAsync();
        }

        public string Address { get; }

        public bool Has(params string[] texts) => _sent.Any(sent =>
            sent.Contains(Encoding.Latin1.GetString(Convert.FromHexString(TraceId)), StringComparison.Ordinal) && texts.All(text => sent.Contains(text, StringComparison.Ordinal)));

        public void Dispose() => _listener.Close();

        private async Task TakeAsync()
        {
            try
            {
                while (true)
                {
                    var asked = await _listener.GetContextAsync();
                    using var content = new MemoryStream();
                    await asked.Request.InputStream.CopyToAsync(content);
                    if (asked.Request.Url!.AbsolutePath == "/v1/traces")
                        _sent.Enqueue(Encoding.Latin1.GetString(content.ToArray()));
                    asked.Response.ContentType = "application/x-protobuf";
                    asked.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
            }
        }
    }
}
