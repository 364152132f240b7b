using System.Diagnostics;
using Pipelines.Engine.Execution;
using Pipelines.Postgres;

namespace Pipelines.Benchmarks;

/// <summary>
/// A new version while 1,000 runs of 50 tasks are open: how long until all of them have followed it, and how long a task takes to start meanwhile, beside
/// before. The runs wait in their first task; the version adds one task in the middle and one at the end, so every run keeps numbers of its own.
/// </summary>
internal sealed class Upgrades(Stage stage, TextWriter output, bool quick)
{
    private const string Dag = "bench_open";
    private const int Tasks = 50;
    private const string Bundle = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

    private int Runs => quick ? 200 : 1_000;

    public async Task RunAsync(int slots)
    {
        using var stopped = new CancellationTokenSource();
        using var scheduler = stage.Host.CreateScheduler();
        using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = slots, Drain = TimeSpan.Zero });
        var working = new[] { scheduler.RunAsync(stopped.Token), worker.RunAsync(stopped.Token) };
        var catalog = new PostgresCatalogStore(stage.Host.Db);
        await catalog.SaveBundleAsync(new(Bundle, "bench", "Bench", []), default);
        await catalog.RegisterAsync("local/open", Bundle, Of([.. Enumerable.Range(0, Tasks).Select(Id)]), default);
        await stage.Bench.ScalarAsync<int>("make_runs", Dag, Runs, null);
        while (await stage.Bench.ScalarAsync<long>("waiting_runs", Dag) < Runs)
            await Task.Delay(100);
        var before = await StartAsync(20);

        var began = Stopwatch.GetTimestamp();
        await catalog.RegisterAsync("local/open", Bundle, Of([.. Enumerable.Range(0, 25).Select(Id), "added", .. Enumerable.Range(25, Tasks - 25).Select(Id), "last"]), default);
        var meanwhile = new List<double>();
        while (await stage.Bench.ScalarAsync<long>("moved_runs", Dag) < Runs)
            meanwhile.Add(await StartAsync(1));
        var took = Stopwatch.GetElapsedTime(began);
        output.WriteLine("| what | here | of it | to reach |\n|---|---:|---|---|");
        output.WriteLine(FormattableString.Invariant(
            $"| {Runs:N0} open runs of {Tasks} tasks follow a new version | {took.TotalSeconds:0.0} s | {took.TotalMilliseconds / Runs:0.0} ms a run; start of a task meanwhile {Middle(meanwhile) * 1000:0} ms, before {before * 1000:0} ms | < 10 s |"));
        await stopped.CancelAsync();
        await Task.WhenAll(working);
    }

    private static string Id(int no) => $"t{no}";

    /// <summary>A chain whose first task waits for ninety days.</summary>
    private static DagSpec Of(IReadOnlyList<string> ids) => new()
    {
        Id = Dag, Type = "Bench.Open", MaxActiveRuns = 1_000_000, VersionPolicy = VersionPolicy.Adopt,
        Tasks = [.. ids.Select((id, no) => no == 0
            ? new TaskSpec { Id = id, Wait = new WaitSpec { Kind = WaitKind.Delay, Offset = TimeSpan.FromDays(90) }, Queue = WaitSpec.Queue }
            : new TaskSpec { Id = id, Upstreams = [new(ids[no - 1])] })],
    };

    /// <summary>From the creation of a run of one task to its start, in seconds: the middle of so many.</summary>
    private async Task<double> StartAsync(int times)
    {
        var took = new List<double>();
        for (; times > 0; times--)
        {
            var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_single", null);
            while (await stage.Bench.ScalarAsync<string>("run_state", run) is "q" or "r")
                await Task.Delay(5);
            took.Add(await stage.Bench.ScalarAsync<double>("first_start", run));
        }

        return Middle(took);
    }

    private static double Middle(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);
}
