using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Pipelines.EndToEnd.Tests;

namespace Pipelines.Chaos;

/// <summary>What is kept of all rounds.</summary>
internal static class Report
{
    public static string Of(IReadOnlyList<Round> rounds)
    {
        var text = new StringBuilder();
        var faults = rounds.SelectMany(round => round.Verdict.Faults).ToLookup(fault => fault.Kind);
        var blows = rounds.SelectMany(round => round.Blows).ToLookup(blow => blow.Kind);
        Line($"# {rounds.Sum(round => round.Time.TotalMinutes):0} minutes of chaos");
        Line("");
        Line($"{DateTime.UtcNow:yyyy-MM-dd}, seeds {rounds[0].Seed} to {rounds[^1].Seed}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, {Revision()}. Made by");
        Line($"`dotnet run -c Release --project tests/Pipelines.Chaos -- --minutes {rounds.Sum(round => round.Time.TotalMinutes):0} --round {rounds[0].Time.TotalMinutes:0} --seed {rounds[0].Seed} --report tests/Pipelines.Chaos/REPORT.md`.");
        Line("");
        Line("Three workers and two schedulers work off backfills of a DAG of thirteen tasks and a callback: a chain, a fan, a map, a pool, a retry, a join, waits, signals. Every body does a step, a transaction");
        Line("in the program's own database and one in another, and asks for a lock and a rate. All faults below happen side by side. What the bodies have written into a database that the program does not know is the judge.");
        Line("");
        Line("| Lost | Doubled | Out of order | Stuck | Unexplained |");
        Line("|---:|---:|---:|---:|---:|");
        Line($"| {string.Join(" | ", Enum.GetValues<FaultKind>().Select(kind => faults[kind].Count()))} |");
        Line("");
        Line("| What was done | Times | Next task succeeded after, median | p95 | at most |");
        Line("|---|---:|---:|---:|---:|");
        foreach (var kind in Enum.GetValues<BlowKind>())
        {
            var seconds = rounds.SelectMany(round => round.Recovered[kind]).Order().ToList();
            Line($"| {kind.Text()} | {blows[kind].Count()} | {Share(seconds, 0.5)} | {Share(seconds, 0.95)} | {Share(seconds, 1)} |");
        }

        Line("");
        Line("| Seed | Minutes | Blows | Runs | Tasks | Attempts | Lost with their worker | Given back | Late reports fenced off | All ended after | Faults |");
        Line("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var round in rounds)
            Line($"| {round.Seed} | {round.Time.TotalMinutes:0.#} | {round.Blows.Count} | {round.Verdict.Runs} | {round.Verdict.Instances} | {round.Verdict.Attempts} | {round.Verdict.Lost} | {round.Verdict.GivenBack} | {round.Fenced} | {round.Calm:0.0} s | {round.Verdict.Faults.Count} |");
        Line($"| all | {rounds.Sum(round => round.Time.TotalMinutes):0.#} | {rounds.Sum(round => round.Blows.Count)} | {rounds.Sum(round => round.Verdict.Runs)} | {rounds.Sum(round => round.Verdict.Instances)} | {rounds.Sum(round => round.Verdict.Attempts)} | {rounds.Sum(round => round.Verdict.Lost)} | {rounds.Sum(round => round.Verdict.GivenBack)} | {rounds.Sum(round => round.Fenced)} | | {rounds.Sum(round => round.Verdict.Faults.Count)} |");
        foreach (var fault in rounds.SelectMany(round => round.Verdict.Faults).Take(50))
            Line($"\n    {fault.Kind}: {fault.What}");
        return text.ToString();

        void Line(string line) => text.Append(line).Append('\n');
    }

    private static string Share(List<double> seconds, double share) =>
        seconds.Count == 0 ? "" : seconds[(int)Math.Ceiling(share * seconds.Count) - 1].ToString("0.00 's'", CultureInfo.InvariantCulture);

    /// <summary>Which state of the repository it was built from.</summary>
    private static string Revision() =>
        typeof(Report).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+') is [_, { Length: >= 10 } commit] ? $"commit {commit[..10]}" : "an unknown commit";
}
