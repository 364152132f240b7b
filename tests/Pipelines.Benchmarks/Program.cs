using System.CommandLine;
using System.Text.Json;
using Pipelines.Benchmarks;
using Pipelines.Cli.Roles;
using Pipelines.Engine.Execution;
using Pipelines.Postgres;
using Pipelines.Postgres.Embedded;

var quick = new Option<bool>("--quick") { Description = "Smaller shapes; under 60 s." };
var json = new Option<string>("--output") { Description = "table or json (one object a shape).", DefaultValueFactory = _ => "table" };
var baseline = new Option<string?>("--baseline") { Description = "A file of an earlier --output json, to compare with." };
var slots = new Option<int>("--slots") { Description = "Attempts at once, of all workers together.", DefaultValueFactory = _ => 256 };
var only = new Option<string?>("--shape") { Description = "Only this shape, for example W3." };
var profile = new Option<bool>("--profile") { Description = "Also the server's time in each SQL function, per shape." };
var database = new Option<string?>("--database") { Description = "A server to measure instead of an embedded one; a database for the benchmarks alone." };
var history = new Option<bool>("--history") { Description = "Also W4 with 1,000,000 finished instances in the database." };
var root = new RootCommand("Throughput and latency of the engine, beside pgbench of the same server in the same run.") { quick, json, baseline, slots, only, profile, database, history };
root.SetAction(async (arguments, cancellation) =>
{
    var talk = arguments.GetValue(json) == "json" ? Console.Error : Console.Out;
    var figures = new List<Figure>();
    var folder = Path.Combine(Path.GetTempPath(), $"pipelines-bench-{Environment.ProcessId}");
    try
    {
        var home = new Home(folder);
        await using var server = arguments.GetValue(database) is null ? await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation) : null;
        await using var stage = server is null
            ? await Stage.OpenAsync(ConnectionText.Normalize(arguments.GetValue(database)!), home, cancellation)
            : await Stage.OpenAsync(server, "bench", home, cancellation);
        var (target, host, bench) = (stage.Target, stage.Host, stage.Bench);
        if (arguments.GetValue(profile))
            await bench.ExecuteAsync("alter database bench set track_functions = 'all'");

        var rate = await PgBench.RunAsync(PgBench.Find(folder), target, arguments.GetValue(quick) ? 2 : 5);
        talk.WriteLine(rate);

        var shapes = Shape.All(arguments.GetValue(quick)).Where(shape => arguments.GetValue(only) is not { } name || shape.Name == name).ToList();
        var measurement = new Measurement(bench);
        using var scheduler = host.CreateScheduler();
        using var ended = new CancellationTokenSource();
        var scheduling = scheduler.RunAsync(ended.Token);

        async Task MeasureAsync(string processes, IEnumerable<Shape> which)
        {
            foreach (var shape in which)
            {
                var figure = await measurement.RunAsync(shape, processes, rate);
                figures.Add(figure);
                talk.WriteLine(Report.Line(figure, shape.What));
                if (arguments.GetValue(profile))
                    talk.WriteLine(await bench.ScalarAsync<string>("profile"));
            }
        }

        talk.WriteLine(Report.Head);
        using (var stopped = new CancellationTokenSource())
        {
            using var worker = host.CreateWorker(new WorkerOptions { Slots = arguments.GetValue(slots) });
            var working = worker.RunAsync(stopped.Token);
            foreach (var warm in Shape.All(quick: true))
                await measurement.RunAsync(warm, "warm-up", rate);
            await MeasureAsync("1", shapes);
            if (arguments.GetValue(history))
            {
                await bench.ExecuteAsync("history", 166_667);
                await bench.ExecuteAsync("vacuum analyze");
                await MeasureAsync("1, 1M history", shapes.Where(shape => shape.Name == "W4"));
            }

            await stopped.CancelAsync();
            await working;
        }

        using (var workers = new WorkerProcesses(3, arguments.GetValue(slots) / 3, target, folder))
        {
            await workers.ReadyAsync(bench);
            foreach (var warm in Shape.All(quick: true))
                await measurement.RunAsync(warm, "warm-up", rate);
            await MeasureAsync("3", shapes);
        }

        await ended.CancelAsync();
        await scheduling;
        if (arguments.GetValue(json) == "json")
        {
            foreach (var figure in figures)
                Console.WriteLine(JsonSerializer.Serialize(figure, JsonSerializerOptions.Web));
        }

        if (arguments.GetValue(baseline) is { } file)
            Report.Compare(figures, file, talk);
        return 0;
    }
    finally
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
});

var part = new Option<string?>("--part") { Description = "Only 'shapes', 'ticks', 'waits', 'durable', 'logs', 'console', 'upgrade' or 'bad-days'." };
part.AcceptOnlyFromAmong("shapes", "ticks", "waits", "durable", "logs", "console", "upgrade", "bad-days");
var targets = new Command("targets", "Start latency beside waiting work, a run of 21,000 tasks, a chain of 40, and bad days: each beside what it is to reach.") { quick, slots, part };
targets.SetAction(async (arguments, cancellation) =>
{
    var folder = Path.Combine(Path.GetTempPath(), $"pipelines-bench-{Environment.ProcessId}");
    try
    {
        var home = new Home(folder);
        if (arguments.GetValue(part) is null or "waits")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_waits", home, cancellation);
            await new Waits(stage, Console.Out, arguments.GetValue(quick)).RunAsync(arguments.GetValue(slots));
        }

        if (arguments.GetValue(part) is null or "durable")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_durable", home, cancellation);
            await server.EnsureDatabaseAsync("bench_dbos");
            using var dbos = await DbosSteps.StartAsync(Path.Combine(folder, "dbos"), server.ConnectionString("bench_dbos"));
            await new Durable(stage, dbos, Console.Out, arguments.GetValue(quick)).RunAsync(arguments.GetValue(slots));
        }

        if (arguments.GetValue(part) is null or "ticks")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_ticks", home, cancellation);
            await new Ticks(stage, folder, Console.Out, arguments.GetValue(quick)).RunAsync();
        }

        if (arguments.GetValue(part) is null or "logs")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_logs", home, cancellation);
            await new Logs(stage, Console.Out, arguments.GetValue(quick)).RunAsync();
        }

        if (arguments.GetValue(part) is null or "console")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_console", home, cancellation);
            await new ConsolePages(stage, folder, Console.Out, arguments.GetValue(quick)).RunAsync(arguments.GetValue(slots));
        }

        if (arguments.GetValue(part) is null or "upgrade")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var stage = await Stage.OpenAsync(server, "bench_upgrade", home, cancellation);
            await new Upgrades(stage, Console.Out, arguments.GetValue(quick)).RunAsync(arguments.GetValue(slots));
        }

        if (arguments.GetValue(part) is null or "shapes")
        {
            await using var server = await EmbeddedServer.StartAsync(home.Postgres, _ => { }, cancellation);
            await using var empty = await Stage.OpenAsync(server, "bench_empty", home, cancellation);
            await using var busy = await Stage.OpenAsync(server, "bench_busy", home, cancellation);
            var rate = await PgBench.RunAsync(PgBench.Find(folder), empty.Target, arguments.GetValue(quick) ? 2 : 5);
            Console.WriteLine(rate);
            await new Targets(empty, busy, rate, Console.Out, arguments.GetValue(quick)).RunAsync(arguments.GetValue(slots));
        }

        if (arguments.GetValue(part) is null or "bad-days")
        {
            await using var badDays = await BadDays.OpenAsync(home, Console.Out, arguments.GetValue(quick), cancellation);
            await badDays.RunAsync();
        }

        return 0;
    }
    finally
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
});
root.Add(targets);
return await root.Parse(args).InvokeAsync();
