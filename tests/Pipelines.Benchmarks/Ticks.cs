using System.Diagnostics;
using System.Globalization;
using Pipelines.Cli;
using Pipelines.Engine.Execution;

namespace Pipelines.Benchmarks;

/// <summary>
/// What time and control cost: a look at 10,000 DAGs of which none is due, a thousand DAGs that are due in the same second, a backfill of 10,000 dates, and how
/// exact a rate is that twenty worker processes share.
/// </summary>
internal sealed class Ticks(Stage stage, string home, TextWriter output, bool quick)
{
    private const int Starts = 3;

    /// <summary>For what is due in one moment to start in one moment there must be as many slots.</summary>
    private const int Slots = 1024;

    public async Task RunAsync()
    {
        output.WriteLine("| what | here | of it | to reach |\n|---|---:|---|---|");
        await stage.Bench.ExecuteAsync("many_dags");
        await PassesAsync();
        using (var stopped = new CancellationTokenSource())
        {
            using var scheduler = stage.Host.CreateScheduler();
            using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = Slots, Drain = TimeSpan.Zero });
            var working = new[] { scheduler.RunAsync(stopped.Token), worker.RunAsync(stopped.Token) };
            await DueTogetherAsync("1", "one DAG that is due, ten times: from its tick to the start of its first task", quick ? 3 : 10);
            await DueTogetherAsync("1000", "the same of 1,000 DAGs that are due in the same second, with 1,024 slots", quick ? 1 : 3);
            await BackfillAsync();
            await stopped.CancelAsync();
            await Task.WhenAll(working);
        }

        await RateAsync();
    }

    private async Task PassesAsync()
    {
        using var scheduler = stage.Host.CreateScheduler();
        await scheduler.PassAsync(default);
        var took = new List<double>();
        for (var i = 0; i < 100; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await scheduler.PassAsync(default);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        Line("a pass of the scheduler over 10,000 active DAGs of which none is due, with all its round trips", $"{At(took, 0.5)} ms", $"p99 {At(took, 0.99)} ms", "< 50 ms");
    }

    private async Task DueTogetherAsync(string dags, string what, int repeats)
    {
        var lag = new List<double>();
        for (var i = 0; i <= repeats; i++)
        {
            var last = await stage.Bench.ScalarAsync<long>("last_run");
            await stage.Bench.ExecuteAsync("due_soon", int.Parse(dags, CultureInfo.InvariantCulture));
            while (await stage.Bench.ScalarAsync<long>("ended_since", last) < long.Parse(dags, CultureInfo.InvariantCulture))
                await Task.Delay(50);
            await stage.Bench.ExecuteAsync("quiet");
            if (i > 0)                                            // the first time warms up
                lag.AddRange(await stage.Bench.ListAsync("tick_to_start", last));
        }

        Line(what, $"{At(lag, 0.5)} ms", $"p99 {At(lag, 0.99)} ms", dags == "1" ? "p50 < 20 ms" : "p99 < 200 ms");
    }

    private async Task BackfillAsync()
    {
        await stage.Bench.ExecuteAsync("hourly");
        var began = Stopwatch.GetTimestamp();
        using var said = new StringWriter();
        var code = await CommandLine.InvokeAsync(
            ["backfill", "create", "bench_tick_1", "--from", "2020-01-01", "--to", "2021-02-20", "--yes", "--database", stage.Target, "--home", home], said, said);
        var took = Stopwatch.GetElapsedTime(began);
        if (code != 0)
            throw new InvalidOperationException($"backfill create: {said}");
        while (await stage.Bench.ScalarAsync<bool>("select not exists (select from dag_run where kind = 'b' and started_at is not null)"))
            await Task.Delay(10);
        var first = await stage.Bench.ScalarAsync<double>("first_of_backfill");
        Line("backfill create of 10,008 dates, the preview included", $"{took.TotalSeconds:0.00} s", FormattableString.Invariant($"the first run starts {first:0.00} s after its creation"), "< 1 s each");
        await stage.Bench.ExecuteAsync("end_backfills");
    }

    private async Task RateAsync()
    {
        var seconds = quick ? 20 : 65;
        using var stopped = new CancellationTokenSource();
        using var scheduler = stage.Host.CreateScheduler();
        var scheduling = scheduler.RunAsync(stopped.Token);
        using (var workers = new WorkerProcesses(20, 4, stage.Target, home))
        {
            await workers.ReadyAsync(stage.Bench);
            var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_rated", null);
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var windows = new List<string>();
            foreach (var window in new[] { 1, 10, 60 })
            {
                var most = await stage.Bench.ScalarAsync<long>("most_starts", run, window);
                windows.Add(FormattableString.Invariant($"{most} in {window} s (at most {Starts + (Starts * window)})"));
            }

            var all = await stage.Bench.ScalarAsync<long>("rated_starts", run);
            Line(
                "a rate of 3 a second with a burst of 3 over 20 worker processes: most starts in any window", string.Join(", ", windows),
                FormattableString.Invariant($"{all} in {seconds} s"), "burst + 3 x window");
        }

        await stopped.CancelAsync();
        await scheduling;
    }

    private void Line(params string[] cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");

    private static string At(List<double> values, double share) =>
        values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * share)).ToString("0.0", CultureInfo.InvariantCulture);
}
