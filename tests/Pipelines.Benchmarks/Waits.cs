using Pipelines.Engine.Execution;

namespace Pipelines.Benchmarks;

/// <summary>
/// What waiting costs: the CPU of the engine and of PostgreSQL while 10,000 sensors are polled each minute and find nothing, beside that of the idle
/// system; and how late the last of 10,000 delays ends that are due together.
/// </summary>
internal sealed class Waits(Stage stage, TextWriter output, bool quick)
{
    private const int Sensors = 10_000;
    private const int Runs = 100;

    private TimeSpan Window => TimeSpan.FromSeconds(quick ? 60 : 180);

    public async Task RunAsync(int slots)
    {
        using var stopped = new CancellationTokenSource();
        using var scheduler = stage.Host.CreateScheduler();
        using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = slots, Drain = TimeSpan.Zero });
        var working = new[] { scheduler.RunAsync(stopped.Token), worker.RunAsync(stopped.Token) };
        await Task.Delay(TimeSpan.FromSeconds(3));
        var idle = await Load.OfAsync(stage.Bench, TimeSpan.FromSeconds(quick ? 10 : 30));

        for (var i = 0; i < Runs; i++)
            await stage.Bench.ScalarAsync<long>("make_run", "bench_sensors", $$"""{"sensors":{{Sensors / Runs}}}""");
        await UntilAsync("sensors_polled", Sensors);
        var (events, polls) = (await stage.Bench.ScalarAsync<long>("events"), await stage.Bench.ScalarAsync<long>("polls"));
        var polled = await Load.OfAsync(stage.Bench, Window);
        (events, polls) = (await stage.Bench.ScalarAsync<long>("events") - events, await stage.Bench.ScalarAsync<long>("polls") - polls);
        output.WriteLine("| what | here | of it | to reach |\n|---|---:|---|---|");
        output.WriteLine(FormattableString.Invariant(
            $"| {Sensors:N0} sensors polled each minute ({polls / Window.TotalSeconds:0} polls/s, {events} events in {Window.TotalSeconds:0} s) | {polled.All:0.0} % of a core | {polled.Own:0.0} % the engine, {polled.Server:0.0} % PostgreSQL; idle {idle.All:0.0} % | < 15 % |"));
        await stage.Bench.ExecuteAsync("stop_all");

        var run = await stage.Bench.ScalarAsync<long>("make_run", "bench_delays", $$"""{"sensors":{{Sensors}}}""");
        while (await stage.Bench.ScalarAsync<string>("run_state", run) is "q" or "r")
            await Task.Delay(50);
        var late = await stage.Bench.ScalarAsync<double>("latest_delay", run);
        output.WriteLine(FormattableString.Invariant($"| {Sensors:N0} delays that are due together: from the first one's time to the last one's end | {late:0.00} s | | |"));
        await stopped.CancelAsync();
        await Task.WhenAll(working);
    }

    private async Task UntilAsync(string what, long count)
    {
        while (await stage.Bench.ScalarAsync<long>(what) < count)
            await Task.Delay(200);
    }
}
