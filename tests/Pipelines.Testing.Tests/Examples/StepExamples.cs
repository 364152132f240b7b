using System.Globalization;

namespace Pipelines.Testing.Tests.Examples;

/// <summary>What a body keeps over its attempts, tells while it runs, and shares with others.</summary>
public sealed class StepExamples
{
    private readonly List<string> _did = [];

    [Fact]
    public async Task Steps_and_moments_are_kept()
    {
        var ids = new HashSet<(Guid, string, DateTimeOffset)>();
        var run = await Example.RunAsync(dag => dag.Task("load", async context =>
        {
            var (day, report) = ("2026-01-01", "all");
            var file = await context.Step("download", () => DownloadAsync(day));
            await context.Step("load", () => LoadAsync(file), RetryPolicy.None with { Retries = 3 });
            await context.Step("publish", () => PublishAsync(report));
            var payment = context.NewGuid("payment");
            var until = await context.Now("asked") + TimeSpan.FromHours(24);
            ids.Add((payment, context.IdempotencyKey, until));
            if (context.Attempt == 1)
                throw new InvalidOperationException("once more");
        }).Retry(1, TimeSpan.FromHours(1)));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(["download 2026-01-01", "load 2026-01-01.csv", "publish all"], _did);
        Assert.Single(ids);
    }

    [Fact]
    public async Task A_load_goes_on_after_its_last_batch()
    {
        var run = await Example.RunAsync(dag => dag.Task("load", async context =>
        {
            var last = await context.Cursor.ReadAsync<long>();
            await foreach (var batch in RowsAfterAsync(last))
            {
                await LoadAsync(batch);
                await context.Cursor.SaveAsync(batch.LastId);
                if (context.Attempt == 1)
                    throw new InvalidOperationException("the network");
            }
        }).Retry(1, TimeSpan.FromSeconds(1)));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(["rows to 100", "rows to 200"], _did);
    }

    [Fact]
    public async Task What_a_body_tells()
    {
        var run = await Example.RunAsync(dag => dag.Task("load", async context =>
        {
            var (files, rows) = (new[] { new FileInfo("a.csv") }, Enumerable.Repeat(0, 12).ToList());
            context.Progress(75, "files 75/100");
            await context.SetValueAsync("rows", rows.Count);
            foreach (var file in files) { context.Heartbeat(); await LoadAsync(file); }
            var last = await context.HeartbeatDetails<string>();
            foreach (var file in files.Where(file => file.Name != last))
            {
                context.Heartbeat(file.Name);
                throw new InvalidOperationException("a bad row");
            }
        }).Retry(1, TimeSpan.FromSeconds(1)));
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(12, run.Value<int>("load", "rows"));
        Assert.Equal(12, run["load"].Value<int>("rows"));
        Assert.Equal((75, 2), (run["load"].Percent, run["load"].Attempts));
    }

    [Fact]
    public async Task One_at_a_time_and_no_more_than_so_many_a_second()
    {
        var run = await Example.RunAsync(dag =>
        {
            dag.Task("rebuild", async context =>
            {
                await using var held = await context.LockAsync("table-x", lease: TimeSpan.FromSeconds(30), wait: TimeSpan.FromMinutes(1));
                await RebuildAsync(held.Token, held.Lost);
            });
            dag.Task("send", async context =>
            {
                var orders = new[] { new Order("ann"), new Order("bob") };
                foreach (var order in orders)
                {
                    await context.RateLimitAsync("att-api", 2.PerSecond with { Burst = 5 }, key: order.Customer);
                    await SendAsync(order);
                }
            });
        });
        Assert.True(run.Succeeded, run.ToString());
        Assert.Equal(["rebuild with 1", "send to ann", "send to bob"], _did);
    }

    [Fact]
    public async Task Variables()
    {
        var run = await Example.RunAsync(
            dag => dag.Task("read", context =>
            {
                var limit = int.Parse(context.Variable("max_rows"), CultureInfo.InvariantCulture);
                return limit;
            }),
            test => test.WithVariable("max_rows", "5000"));
        Assert.Equal(5000, run.Output<int>("read"));
    }

    private Task<string> DownloadAsync(string day)
    {
        _did.Add($"download {day}");
        return Task.FromResult($"{day}.csv");
    }

    private Task LoadAsync(string file) => DoAsync($"load {file}");

    private Task LoadAsync(Batch batch) => DoAsync($"rows to {batch.LastId}");

    private Task LoadAsync(FileInfo file) => DoAsync(file.Name);

    private Task PublishAsync(string report) => DoAsync($"publish {report}");

    private Task RebuildAsync(long token, CancellationToken lost) => DoAsync($"rebuild with {token}");

    private Task SendAsync(Order order) => DoAsync($"send to {order.Customer}");

    private Task DoAsync(string what)
    {
        _did.Add(what);
        return Task.CompletedTask;
    }

    private static async IAsyncEnumerable<Batch> RowsAfterAsync(long last)
    {
        for (var id = last + 100; id <= 200; id += 100)
            yield return await Task.FromResult(new Batch(id));
    }

    private sealed record Batch(long LastId);

    private sealed record Order(string Customer);
}
