using Pipelines.Engine.Execution;
using Pipelines.Engine.Ports;
using Pipelines.Postgres;

namespace Pipelines.Benchmarks;

/// <summary>What months of waiting cost: 100,000 sleepers beside the idle system, how late they wake, how soon a signal is there, and what a step takes.</summary>
internal sealed class Durable(Stage stage, DbosSteps? dbos, TextWriter output, bool quick)
{
    private readonly int _sleepers = quick ? 20_000 : 100_000;
    private readonly int _tasks = quick ? 5 : 30;
    private readonly int _signals = quick ? 50 : 150;

    public async Task RunAsync(int slots)
    {
        using var stopped = new CancellationTokenSource();
        using var scheduler = stage.Host.CreateScheduler();
        using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = slots, Drain = TimeSpan.Zero });
        var working = new[] { scheduler.RunAsync(stopped.Token), worker.RunAsync(stopped.Token) };
        var rows = new Rows(output);
        await StepsAsync(rows);
        await SignalsAsync(rows);
        await SleepersAsync(rows);
        await stopped.CancelAsync();
        await Task.WhenAll(working);
    }

    private async Task StepsAsync(Rows rows)
    {
        await RunAllAsync("bench_step", 3);
        var last = await stage.Bench.ScalarAsync<long>("last_run");
        for (var i = 0; i < _tasks; i++)
            await RunAllAsync("bench_step", 1);
        var alone = await stage.Bench.ListAsync("step_times", last);
        last = await stage.Bench.ScalarAsync<long>("last_run");
        await RunAllAsync("bench_step", _tasks);
        var together = await stage.Bench.ListAsync("step_times", last);
        rows.Add(
            "a step that does nothing, stored when it returns, in a task of 100, one after the other", Rows.Text($"p50 {Rows.At(alone, 0.5):0.00} ms"),
            Rows.Text($"p99 {Rows.At(alone, 0.99):0.0} ms, of {alone.Count:N0}; {_tasks} such tasks at once: p50 {Rows.At(together, 0.5):0.00} ms a step, {together.Count / together.Sum() * 1000 * _tasks:N0} steps/s"), "p50 < 1 ms");
        if (dbos is null)
        {
            rows.Add("a run of one task of 100 steps beside DBOS", "not measured", "there is no npm to install DBOS with", "less than DBOS");
            return;
        }

        var (here, there) = (new List<double>(), new List<double>());
        for (var i = quick ? -2 : -5; i < (quick ? 10 : 50); i++)
        {
            var run = await RunAllAsync("bench_step", 1);
            var (ours, theirs) = (await stage.Bench.ScalarAsync<double>("took", run) * 1000, await dbos.RunAsync());
            if (i < 0)
                continue;                                                   // warm
            here.Add(ours);
            there.Add(theirs);
        }

        var (p50, other) = (Rows.At(here, 0.5), Rows.At(there, 0.5));
        rows.Add($"a run of one task of 100 steps, from its creation to its end, in turn with a workflow of 100 steps on DBOS {dbos.Version}, from its call to its return", Rows.Text($"p50 {p50:0.0} ms, {p50 / other:0.00} of DBOS's {other:0.0} ms"), Rows.Text($"p95 {Rows.At(here, 0.95):0.0} ms, of {here.Count:N0}; DBOS {Rows.At(there, 0.95):0.0} ms"), "less than DBOS");
    }

    private async Task SignalsAsync(Rows rows)
    {
        var operations = new PostgresOperations(stage.Host.Db);
        var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_signals", null);
        for (var i = 0; i < _signals; i++)
        {
            while (await stage.Bench.ScalarAsync<long>("listening", run) == 0)
                await Task.Delay(5);
            await operations.SendSignalAsync(run, new NewSignal("go") { Payload = "1" }, "benchmark", CancellationToken.None);
        }

        while (await stage.Bench.ScalarAsync<long>("listening", run) == 0)
            await Task.Delay(5);
        var lags = await stage.Bench.ListAsync("signal_lags", run);
        rows.Add("from a signal that is sent to the attempt that goes on with it", Rows.Text($"p50 {Rows.At(lags, 0.5):0.0} ms"), Rows.Text($"p99 {Rows.At(lags, 0.99):0.0} ms, of {lags.Count:N0}"), "p50 < 10 ms");
        await operations.CancelRunAsync(run, "benchmark", CancellationToken.None);
    }

    private async Task SleepersAsync(Rows rows)
    {
        var window = TimeSpan.FromSeconds(quick ? 30 : 130);                // the safety net is drawn every minute
        var idle = await Load.OfAsync(stage.Bench, window);
        await stage.Bench.ExecuteAsync("sleepers", _sleepers);
        await stage.Bench.ExecuteAsync("vacuum analyze");
        await stage.Bench.ExecuteAsync("create table woken(run_id bigint, due_at timestamptz)");
        var asleep = await Load.OfAsync(stage.Bench, window);
        rows.Add(
            Rows.Text($"{_sleepers:N0} tasks asleep, for {window.TotalSeconds:0} s"), Rows.Text($"{Math.Max(0, asleep.All - idle.All):0.0} % of a core more"),
            Rows.Text($"{asleep.Own:0.0} % the engine, {asleep.Server:0.0} % PostgreSQL; without them {idle.Own:0.0} and {idle.Server:0.0} %"), "< 1 %");
        var some = quick ? 500 : 3000;
        await stage.Bench.ExecuteAsync("wake_some", some, 0.01);
        while (await stage.Bench.ScalarAsync<long>("woken") < some)
            await Task.Delay(200);
        var lags = await stage.Bench.ListAsync("wake_lags");
        rows.Add(Rows.Text($"{some:N0} of them wake, 100 a second: from their time to their start"), Rows.Text($"p99 {Rows.At(lags, 0.99):0} ms"), Rows.Text($"p50 {Rows.At(lags, 0.5):0.0} ms, at most {lags.Max():0} ms"), "p99 < 1 s");
    }

    /// <returns>The last one.</returns>
    private async Task<long> RunAllAsync(string dag, int runs)
    {
        await stage.Bench.ScalarAsync<int>("make_runs", dag, runs, null);
        while (await stage.Bench.ScalarAsync<long>("open") > 0)
            await Task.Delay(20);
        return await stage.Bench.ScalarAsync<long>("last_run");
    }
}
