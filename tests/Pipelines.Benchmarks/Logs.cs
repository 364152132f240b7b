using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web;

namespace Pipelines.Benchmarks;

/// <summary>
/// What a log of 100 MB costs the console: a window of 400 lines at random places, and searching all of it, each as a browser asks
/// for it over loopback, with compression.
/// </summary>
internal sealed class Logs(Stage stage, TextWriter output, bool quick)
{
    private const int ChunkBytes = 64 * 1024;

    private long Bytes => quick ? 10_000_000 : 100_000_000;

    public async Task RunAsync()
    {
        var (run, lines) = await WriteAsync();
        var db = stage.Host.Db;
        var backend = new Backend(new PostgresConsole(db), new PostgresOperations(db), new PostgresAccess(db), new PostgresSettings(db), new PostgresCallbacks(db));
        await using var web = WebRole.Build(new WebOptions(0, null), backend);
        await web.StartAsync();
        using var visitor = new Visitor(WebRole.Address(web), await Visitor.SignInAsync(backend.Access));
        var url = $"/runs/{run}/tasks/{await stage.Bench.ScalarAsync<string>("task_of_run", run)}/log";
        var random = new Random(1);
        var (rows, times) = (new Rows(output), quick ? 50 : 200);

        await visitor.RepeatAsync(20, () => $"{url}?from={random.Next(1, lines)}");
        rows.Add(
            $"the page with a window of 400 lines out of {Bytes / 1_000_000} MB ({lines:N0} lines)", await visitor.RepeatAsync(times, () => $"{url}?from={random.Next(1, lines)}"), "p95 < 40 ms");
        rows.Add("the window alone, as scrolling asks for it", await visitor.RepeatAsync(times, () => $"{url}?part=lines&i={random.Next(0, lines - 400)}&n=400"), "p95 < 40 ms, < 20 KB");
        rows.Add("the same of warnings and failures", await visitor.RepeatAsync(times, () => $"{url}?part=lines&level=W&i={random.Next(0, lines / 1000)}&n=400"), "");
        rows.Add("the page that opens at the first failure", await visitor.RepeatAsync(times / 4, () => url), "");
        foreach (var (query, what) in new[] { ("deadlock", "text"), ("/dead.*detected$/", "an expression"), ("nowhere to be found", "text that is not there") })
        {
            var (first, all) = (new List<(double, long)>(), new List<(double, long)>());
            for (var i = 0; i < (quick ? 3 : 5); i++)
            {
                var (hit, done) = await SearchAsync(visitor, $"{url}?part=hits&q={Uri.EscapeDataString(query)}");
                first.Add((hit, 0));
                all.Add((done, 0));
            }

            if (what != "text that is not there")
                rows.Add($"search for {what}: the first hit", first, "< 300 ms");
            rows.Add($"search for {what}: all of the log", all, "< 3 s");
        }

        await web.StopAsync();
    }

    /// <summary>The time to the first hit and to the end, in milliseconds.</summary>
    private static async Task<(double First, double All)> SearchAsync(Visitor visitor, string url)
    {
        var (began, first) = (Stopwatch.GetTimestamp(), 0.0);
        await foreach (var line in visitor.LinesAsync(url))
        {
            if (first == 0 && line.StartsWith("data:", StringComparison.Ordinal) && !line.Contains("\"lines\":[]", StringComparison.Ordinal))
                first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return (first, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    /// <summary>Writes the log of a task that has failed, through the store, in chunks as workers do: a warning in 1,000 lines, a failure in 50,000.</summary>
    private async Task<(long Run, int Lines)> WriteAsync()
    {
        var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_single", null);
        await stage.Bench.ExecuteAsync("select start_runs(1000)");
        await stage.Bench.ExecuteAsync("fail_run", run);
        var store = new PostgresWorkerStore(stage.Host.Db);
        var key = new InstanceKey(run, 0, -1);
        var (body, written, number, chunk) = (new StringBuilder(), 0L, 1, (First: 1, Lines: 0, Warnings: 0, Errors: 0));
        var random = new Random(2);
        while (written < Bytes)
        {
            var level = number % 50_000 == 20_000 ? 'E' : number % 1000 == 500 ? 'W' : 'I';
            body.Append(CultureInfo.InvariantCulture, $"{1_700_000_000_000_000 + (number * 1500L)}\t{level}\t")
                .AppendLine(level switch
                {
                    'E' => "Npgsql.PostgresException (0x80004005): 40P01: deadlock detected",
                    'W' => $"lock wait over 30 s on mart.fct_orders, blocked by pid \u001b[36m{random.Next(10_000, 99_999)}\u001b[0m",
                    _ => $"merged partition \u001b[36m2026-11-{1 + (number % 28):00}\u001b[0m of mart.fct_orders: \u001b[32m+{random.Next(9_000)}\u001b[0m rows, \u001b[33m~{random.Next(900)}\u001b[0m changed, checksum {random.NextInt64():x16}",
                });
            chunk = (chunk.First, chunk.Lines + 1, chunk.Warnings + (level == 'W' ? 1 : 0), chunk.Errors + (level == 'E' ? 1 : 0));
            number++;
            if (body.Length < ChunkBytes)
                continue;
            var bytes = Encoding.UTF8.GetBytes(body.ToString());
            await store.AppendAsync([new(key, 1, chunk.First, chunk.Lines, chunk.Warnings, chunk.Errors, bytes)], CancellationToken.None);
            (written, chunk) = (written + bytes.Length, (number, 0, 0, 0));
            body.Clear();
        }

        await stage.Bench.ExecuteAsync("vacuum analyze");
        return (run, chunk.First - 1);
    }
}
