using System.CommandLine;
using Pipelines.Chaos;

var minutes = new Option<double>("--minutes") { Description = "For so long, in all rounds together, something is hurt.", DefaultValueFactory = _ => 10 };
var round = new Option<double>("--round") { Description = "Minutes of a round; after each everything must end, and the ledger judges.", DefaultValueFactory = _ => 4 };
var seed = new Option<int>("--seed") { Description = "Of the first round; the next one has the next number.", DefaultValueFactory = _ => Random.Shared.Next(1000, 10000) };
var report = new Option<FileInfo?>("--report") { Description = "Where the report is written, after each round." };
var root = new RootCommand("Hurts processes, PostgreSQL, connections, clocks and assemblies at random while runs go on, and lets a ledger judge: exit code 0 when nothing was lost, doubled, out of order or stuck.") { minutes, round, seed, report };
root.SetAction(async (arguments, cancellation) =>
{
    var left = TimeSpan.FromMinutes(arguments.GetValue(minutes));
    var rounds = new List<Round>();
    for (var number = arguments.GetValue(seed); left > TimeSpan.FromSeconds(5) && !cancellation.IsCancellationRequested; number++)
    {
        var time = TimeSpan.FromMinutes(Math.Min(arguments.GetValue(round), left.TotalMinutes));
        left -= time;
        var done = await Round.RunAsync(number, time, cancellation);
        rounds.Add(done);
        Console.WriteLine(done);
        foreach (var fault in done.Verdict.Faults.Take(20))
            Console.WriteLine($"  {fault.Kind}: {fault.What}");
        if (arguments.GetValue(report) is { } file)
            await File.WriteAllTextAsync(file.FullName, Report.Of(rounds), cancellation);
    }

    var failed = rounds.Exists(one => one.Verdict.Faults.Count > 0) ? "FAILED" : rounds.TrueForAll(one => one.ProvesSomething) ? null : "Too little was hurt to prove anything.";
    Console.WriteLine(failed ?? "Nothing was lost, doubled, out of order or stuck.");
    return failed is null ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();
