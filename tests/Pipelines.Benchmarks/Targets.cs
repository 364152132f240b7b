using System.Diagnostics;
using System.Globalization;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Benchmarks;

/// <summary>
/// The shapes by which engines are compared, each beside what it is to reach: does waiting work slow down ready work, how long
/// does a run of 21,000 tasks take to its first task, and a chain of 40 no-ops to its end? Where the answer is a ratio
/// to the empty system, both are measured in turn on one server, so that a disturbance hits both.
/// </summary>
internal sealed class Targets(Stage empty, Stage busy, CommitRate rate, TextWriter output, bool quick)
{
    private int Repeats => quick ? 20 : 100;

    public async Task RunAsync(int slots)
    {
        using var stopped = new CancellationTokenSource();
        var working = new[] { empty, busy }.SelectMany(stage => Start(stage, slots, stopped.Token)).ToList();
        await MeasureAsync();
        await stopped.CancelAsync();
        await Task.WhenAll(working);
    }

    private async Task MeasureAsync()
    {
        for (var i = 0; i < 10; i++)                                            // warm
        {
            await BothAsync("bench_single", 5);
            await BothAsync("bench_roomy", 5);
            await SecondsAsync(empty, "bench_chain40", "took");
        }

        output.WriteLine("| what | here | ratio | to reach | elsewhere, published |\n|---|---:|---|---|---|");
        await busy.Bench.ExecuteAsync("update pool set slots = 4 where name = 'bench_full'");
        await WaitAsync("""{"pooled":1004}""", queued: 1_000);
        var (without, with) = await BothAsync("bench_roomy", Repeats);
        Line("start of a task in a pool with room, 1,000 waiting for a full pool", Ms(with), Beside(without, with), "as without them", "");

        await WaitAsync("""{"retry":3000,"heldBack":3000,"pooled":3000}""", queued: 4_000, timers: 3_001);
        (without, with) = await BothAsync("bench_single", Repeats);
        Line("start of a task, 10,000 others waiting (queued, held back, for a retry)", Ms(with), Beside(without, with), "as without them", "");

        var chain = await RepeatAsync(quick ? 10 : 50, "bench_chain40");
        Line(
            "chain of 40 no-ops, from the run's creation to its end", $"{Text(chain)} s", $"{Text(40 / chain / rate.One)} steps a commit",
            "< 0.2 s", "Airflow 116 s, Windmill 14.4 s");

        var fan = await RepeatAsync(quick ? 3 : 10, "bench_fan", """{"width":1000}""");
        Line("fan-out of one to 1,000 and join, from the run's creation to its end", $"{Text(fan)} s", $"{Text(1_002 / fan / rate.Eight)} tasks a commit", "", "");
        await BacklogAsync(quick ? 100 : 1_000);

        Line("DAG of 21,000 tasks: from the drop to the catalog (with seven small ones)", $"{Text(empty.Imported.TotalSeconds)} s", "", "", "");
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var run = await empty.Bench.ScalarAsync<long>("make_run", "bench_grid21000", null);
        while (await empty.Bench.ScalarAsync<bool>("select not exists (select from task_instance where run_id = $1 and first_started_at is not null)", run))
            await Task.Delay(20);
        var first = await empty.Bench.ScalarAsync<double>("first_start", run);
        Line("run of 21,000 tasks: from its creation to the start of the first task", $"{Text(first)} s", "", "< 1 s", "Airflow: 97 s for one scheduling pass");
        await EndAsync(empty, run, "bench_grid21000");
        var total = await empty.Bench.ScalarAsync<double>("took", run);
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        Line("the same: all of it", $"{Text(total)} s", $"{Text(21_000 / total / rate.Eight)} tasks a commit; {Ms(cpu.TotalSeconds / 21_000)} of this process's CPU a task", "", "");
    }

    /// <summary>So many runs of ten tasks each, made at once.</summary>
    private async Task BacklogAsync(int runs)
    {
        var last = await empty.Bench.ScalarAsync<long>("last_run");
        await empty.Bench.ScalarAsync<int>("make_runs", "bench_chain10", runs, null);
        while (await empty.Bench.ScalarAsync<long>("succeeded_since", last) < runs)
            await Task.Delay(20);
        var took = await empty.Bench.ScalarAsync<double>("seconds", last);
        var closed = await empty.Bench.ScalarAsync<double>("closed_after", last);
        Line(
            $"backlog of {runs:N0} runs of ten tasks: all of it; the longest from a run's last task to its end", $"{Text(took)} s; {Ms(closed)}",
            $"{Text(10 * runs / took / rate.Eight)} tasks a commit", "", "Airflow: a run stays open 5 to 6 min after its last task");
    }

    /// <summary>Fills the busy stage, and waits until all that is to wait does.</summary>
    private async Task WaitAsync(string arguments, int queued, int timers = 0)
    {
        await busy.Bench.ScalarAsync<long>("make_run", "bench_waiting", arguments);
        while (await busy.Bench.ScalarAsync<long>("select count(*) from ready_queue") != queued || await busy.Bench.ScalarAsync<long>("select count(*) from timer") != timers)
            await Task.Delay(50);
    }

    /// <summary>From the creation of a run to the start of its task, median in seconds, on both stages in turn.</summary>
    private async Task<(double Empty, double Busy)> BothAsync(string dag, int repeats)
    {
        var (without, with) = (new List<double>(), new List<double>());
        for (var i = 0; i < repeats; i++)
        {
            without.Add(await SecondsAsync(empty, dag, "first_start"));
            with.Add(await SecondsAsync(busy, dag, "first_start"));
        }

        return (Median(without), Median(with));
    }

    private async Task<double> RepeatAsync(int repeats, string dag, string? arguments = null)
    {
        var took = new List<double>();
        for (var i = 0; i < repeats; i++)
            took.Add(await SecondsAsync(empty, dag, "took", arguments));
        return Median(took);
    }

    private static async Task<double> SecondsAsync(Stage stage, string dag, string figure, string? arguments = null) =>
        await stage.Bench.ScalarAsync<double>(figure, await StartAsync(stage, dag, arguments));

    /// <summary>Makes a run and waits for its end.</summary>
    private static async Task<long> StartAsync(Stage stage, string dag, string? arguments)
    {
        var run = await stage.Bench.ScalarAsync<long>("make_run", dag, arguments);
        await EndAsync(stage, run, dag);
        return run;
    }

    private static async Task EndAsync(Stage stage, long run, string dag)
    {
        string state;
        while ((state = await stage.Bench.ScalarAsync<string>("run_state", run)) is "q" or "r")
            await Task.Delay(5);
        if (state != "s")
            throw new InvalidOperationException($"A run of {dag} ended '{state}'; the figures would be worthless.");
    }

    private static IEnumerable<Task> Start(Stage stage, int slots, CancellationToken stop)
    {
        yield return Task.Run(async () =>
        {
            using var scheduler = stage.Host.CreateScheduler();
            await scheduler.RunAsync(stop);
        }, CancellationToken.None);
        yield return Task.Run(async () =>
        {
            using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = slots, Drain = TimeSpan.Zero });
            await worker.RunAsync(stop);
        }, CancellationToken.None);
    }

    private void Line(params string[] cells) => output.WriteLine($"| {string.Join(" | ", cells)} |");

    private static string Beside(double without, double with) => $"{Text(with / without)} of the empty system's {Ms(without)}";

    private static string Ms(double seconds) => $"{Text(seconds * 1e3)} ms";

    private static string Text(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
