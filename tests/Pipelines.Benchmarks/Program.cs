using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
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
        await (server?.EnsureDatabaseAsync("bench") ?? Task.CompletedTask);
        var target = server?.ConnectionString("bench") ?? ConnectionText.Normalize(arguments.GetValue(database)!);
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        await using var host = await EngineHost.OpenAsync(target, home, new Dictionary<string, string>(), loggers, cancellation);
        var bench = new Bench(host.Db);
        if (arguments.GetValue(profile))
            await bench.ExecuteAsync("alter database bench set track_functions = 'all'");
        await bench.ExecuteAsync("commit_table");
        using (var importer = host.CreateImporter(Path.Combine(AppContext.BaseDirectory, "dags"), "local"))
        {
            using var imported = new CancellationTokenSource();
            var import = importer.RunAsync(imported.Token);
            await importer.FirstPass;
            await imported.CancelAsync();
            await import;
        }

        var rate = await PgBench.RunAsync(PgBench.Find(folder), target, arguments.GetValue(quick) ? 2 : 5);
        talk.WriteLine($"pgbench, one-row commits/s at 1 / 8 / 16 clients: {rate.One:N0} / {rate.Eight:N0} / {rate.Sixteen:N0}");

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
return await root.Parse(args).InvokeAsync();
