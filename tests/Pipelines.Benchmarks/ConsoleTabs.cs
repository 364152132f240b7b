using System.Diagnostics;
using Pipelines.Engine.Execution;

namespace Pipelines.Benchmarks;

/// <summary>What open tabs cost: how late a change is drawn, what idle ones take, and what the engine loses to all of them.</summary>
internal sealed class ConsoleTabs(Stage stage, Rows rows, bool quick)
{
    /// <summary>As many as a grid shows.</summary>
    private const int Runs = 60;
    private const int Tasks = 10;

    public required RoleProcess Web { get; init; }

    public required Uri Address { get; init; }

    public required string Session { get; init; }

    public required Visitor Visitor { get; init; }

    public required int Slots { get; init; }

    public async Task RunAsync(Tab tab)
    {
        await IdleAsync(200);
        await PixelsAsync(tab, 100);
        await EngineAsync(100);
    }

    /// <summary>One real tab and 99 that read the same events and ask for what these name, as the page's script does. The runs wait until all look.</summary>
    private async Task PixelsAsync(Tab tab, int tabs)
    {
        var late = new List<double>();
        for (var round = 0; round < (quick ? 1 : 5); round++)
        {
            var last = await stage.Bench.ScalarAsync<long>("last_run");
            await stage.Bench.ScalarAsync<int>("make_runs", "bench_walk", Runs, null);
            await using var others = await Followers.OpenAsync(Address, Session, [.. Enumerable.Repeat("dag=bench_walk", tabs - 1)]);
            var drawn = await tab.WatchAsync("/dags/bench_walk", () => WhileEngineRunsAsync(UntilNoneIsOpenAsync), Runs * Tasks);
            // The newest run is the rightmost column: the oldest of these is column 0.
            var ended = await stage.Bench.ListAsync("cell_times", last);
            late.AddRange(ended.Select((at, i) => drawn[$"w{i % Tasks} {i / Tasks}"] - at));
        }

        rows.Add(Rows.Text($"from a task's end to its cell in Chromium, {tabs} tabs open, {late.Count:N0} changes"), late.Select(ms => (ms, 0L)), "p95 < 1 s");
    }

    private async Task WhileEngineRunsAsync(Func<Task> work)
    {
        using var stopped = new CancellationTokenSource();
        using var scheduler = stage.Host.CreateScheduler();
        using var worker = stage.Host.CreateWorker(new WorkerOptions { Slots = Slots, Drain = TimeSpan.Zero });
        var working = new[] { scheduler.RunAsync(stopped.Token), worker.RunAsync(stopped.Token) };
        await work();
        await stopped.CancelAsync();
        await Task.WhenAll(working);
    }

    private async Task UntilNoneIsOpenAsync()
    {
        while (await stage.Bench.ScalarAsync<long>("open") > 0)
            await Task.Delay(50);
    }

    private async Task IdleAsync(int tabs)
    {
        var run = await stage.Bench.ScalarAsync<long>("failed_run", "bench_grid50");
        await Task.Delay(TimeSpan.FromSeconds(5));
        var window = TimeSpan.FromSeconds(quick ? 10 : 60);
        var (before, memory) = (await ShareAsync(window), Memory());
        await using (await Followers.OpenAsync(Address, Session, [.. Enumerable.Range(0, tabs).Select(i => (i % 4) switch { 0 => "home=1", 1 => $"run={run}", _ => "dag=bench_grid50" })]))
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            var with = await ShareAsync(window);
            rows.Add(
                $"{tabs} idle tabs (grid, home, run) for {window.TotalSeconds:0} s", Rows.Text($"{with.Web - before.Web:0.0} % of a core, {(Memory() - memory) / 1e6:0} MB"),
                Rows.Text($"the console {before.Web:0.0} to {with.Web:0.0} %, in all {Memory() / 1e6:0} MB; PostgreSQL {before.Server:0.0} to {with.Server:0.0} %"), "< 5 %, < 150 MB");
        }
    }

    /// <summary>The same work with and without people at the console, in turn: tabs that watch it, and a page each half second.</summary>
    private Task EngineAsync(int tabs) => WhileEngineRunsAsync(async () =>
    {
        var (alone, watched) = (new List<double>(), new List<double>());
        for (var round = 0; round <= (quick ? 1 : 6); round++)
        {
            var free = await WorkAsync();
            await using var followers = await Followers.OpenAsync(Address, Session, [.. Enumerable.Range(0, tabs).Select(i => i % 2 == 0 ? "home=1" : "dag=bench_chain10")]);
            using var stop = new CancellationTokenSource();
            var reading = ReadAsync(stop.Token);
            var busy = await WorkAsync();
            await stop.CancelAsync();
            await reading;
            if (round == 0)
                continue;                                         // warms up
            alone.Add(free);
            watched.Add(busy);
        }

        var (a, b) = (Rows.At(alone, 0.5), Rows.At(watched, 0.5));
        rows.Add(
            Rows.Text($"the engine beside {tabs} watching tabs and two pages a second"), Rows.Text($"{(b - a) / a * 100:+0.0;-0.0} % tasks/s"),
            Rows.Text($"{b:N0} of {a:N0} tasks/s, median of {alone.Count} rounds in turn"), "> -5 %");
    });

    private async Task<double> WorkAsync()
    {
        var (runs, last) = (quick ? 300 : 2_000, await stage.Bench.ScalarAsync<long>("last_run"));
        await stage.Bench.ScalarAsync<int>("make_runs", "bench_chain10", runs, null);
        await UntilNoneIsOpenAsync();
        return runs * Tasks / await stage.Bench.ScalarAsync<double>("seconds", last);
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        string[] pages = ["/", "/dags/bench_chain10", "/runs", "/dags/bench_grid50"];
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            await Visitor.GetAsync(pages[i % pages.Length]);
            await Task.Delay(500, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Percent of one core, of the console and of PostgreSQL.</summary>
    private async Task<(double Web, double Server)> ShareAsync(TimeSpan window)
    {
        var (web, server, began) = (ServerTime.OfProcess(Web.Id), await ServerTime.OfPostgresAsync(stage.Bench), Stopwatch.GetTimestamp());
        await Task.Delay(window);
        var time = Stopwatch.GetElapsedTime(began) / 100;
        return ((ServerTime.OfProcess(Web.Id) - web) / time, (await ServerTime.OfPostgresAsync(stage.Bench) - server) / time);
    }

    private long Memory()
    {
        using var process = Process.GetProcessById(Web.Id);
        return process.WorkingSet64;
    }
}
