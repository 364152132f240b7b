using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;
using Pipelines.Web;
using Pipelines.Web.Access;

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
        var backend = new Backend(new PostgresConsole(db), new PostgresOperations(db), new PostgresAccess(db), new PostgresSettings(db));
        await using var web = WebRole.Build(new WebOptions(0, null), backend);
        await web.StartAsync();
        using var http = new HttpClient(new HttpClientHandler { AutomaticDecompression = DecompressionMethods.None, UseCookies = false }) { BaseAddress = WebRole.Address(web) };
        http.DefaultRequestHeaders.Add("Accept-Encoding", "br, gzip");
        http.DefaultRequestHeaders.Add("Cookie", $"pipelines={await SignInAsync(backend.Access)}");
        var url = $"/runs/{run}/tasks/{await stage.Bench.ScalarAsync<string>("task_of_run", run)}/log";
        var random = new Random(1);
        output.WriteLine("| what | here | of it | to reach |\n|---|---:|---|---|");

        await RepeatAsync(20, () => GetAsync(http, $"{url}?from={random.Next(1, lines)}"));
        var pages = await RepeatAsync(quick ? 50 : 200, () => GetAsync(http, $"{url}?from={random.Next(1, lines)}"));
        Line($"the page with a window of 400 lines out of {Bytes / 1_000_000} MB ({lines:N0} lines)", pages, "p95 < 40 ms, < 20 KB");
        Line("the window alone, as scrolling asks for it", await RepeatAsync(quick ? 50 : 200, () => GetAsync(http, $"{url}?part=lines&i={random.Next(0, lines - 400)}&n=400")), "p95 < 40 ms");
        Line("the same of warnings and failures", await RepeatAsync(quick ? 50 : 200, () => GetAsync(http, $"{url}?part=lines&level=W&i={random.Next(0, lines / 1000)}&n=400")), "");
        Line("the page that opens at the first failure", await RepeatAsync(quick ? 20 : 50, () => GetAsync(http, url)), "");
        foreach (var (query, what) in new[] { ("deadlock", "text"), ("/dead.*detected$/", "an expression"), ("nowhere to be found", "text that is not there") })
        {
            var (first, all) = (new List<(double, long)>(), new List<(double, long)>());
            for (var i = 0; i < (quick ? 3 : 5); i++)
            {
                var (hit, done) = await SearchAsync(http, $"{url}?part=hits&q={Uri.EscapeDataString(query)}");
                first.Add((hit, 0));
                all.Add((done, 0));
            }

            if (what != "text that is not there")
                Line($"search for {what}: the first hit", first, "< 300 ms");
            Line($"search for {what}: all of the log", all, "< 3 s");
        }

        await web.StopAsync();
    }

    /// <summary>The session of an admin.</summary>
    private static async Task<string> SignInAsync(IAccess access)
    {
        await access.SaveAccountAsync(new NewAccount("bench", 'a', null, null), "benchmark", CancellationToken.None);
        var who = await access.ByNameAsync("bench", CancellationToken.None);
        var secret = Secret.Make("ps_");
        await access.SignInAsync(who!.AccountNo, Secret.Hash(secret), TimeSpan.FromHours(1), new SignInFrom(null, null, "link"), CancellationToken.None);
        return secret;
    }

    /// <summary>The time to the first hit and to the end, in milliseconds.</summary>
    private static async Task<(double First, double All)> SearchAsync(HttpClient http, string url)
    {
        var (began, first) = (Stopwatch.GetTimestamp(), 0.0);
        using var answer = await http.GetAsync(new Uri(url, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            if (first == 0 && line.StartsWith("data:", StringComparison.Ordinal) && !line.Contains("\"lines\":[]", StringComparison.Ordinal))
                first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return (first, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }

    private static async Task<List<(double Ms, long Bytes)>> RepeatAsync(int times, Func<Task<long>> ask)
    {
        var took = new List<(double, long)>();
        for (var i = 0; i < times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var bytes = await ask();
            took.Add((Stopwatch.GetElapsedTime(began).TotalMilliseconds, bytes));
        }

        return took;
    }

    private static async Task<long> GetAsync(HttpClient http, string url)
    {
        using var answer = await http.GetAsync(new Uri(url, UriKind.Relative));
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"{url} answered {answer.StatusCode}; the figures would be worthless.");
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
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

    private void Line(string what, List<(double Ms, long Bytes)> took, string reach)
    {
        var ms = took.Select(one => one.Ms).Order().ToList();
        var (half, most) = (ms[ms.Count / 2], ms[Math.Min(ms.Count - 1, (int)(ms.Count * 0.95))]);
        var bytes = took.Max(one => one.Bytes);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {what} | p50 {half:0.0} ms | p95 {most:0.0} ms{(bytes > 0 ? $", at most {bytes / 1000.0:0.0} KB compressed" : "")} | {reach} |"));
    }
}
