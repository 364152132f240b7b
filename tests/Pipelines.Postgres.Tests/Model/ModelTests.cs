using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
using Pipelines.Testing.Model;
using Xunit.Abstractions;

namespace Pipelines.Postgres.Tests.Model;

/// <summary>
/// The engine's SQL against the model of its rules: the same random DAGs, outcomes and interleavings on both sides, and equal rows after every step.
/// <c>PIPELINES_MODEL_STEPS=1000000</c> makes it long; <c>PIPELINES_MODEL_SEED</c> begins with the episode of that seed, the same every time.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class ModelTests(World world, ITestOutputHelper output) : IClassFixture<World>
{
    private const long UsualSteps = 20_000;

    /// <summary>So many times the steps are done at most, until everything has happened.</summary>
    private const int MostTimes = 4;

    /// <summary>After a failure smaller episodes are tried: the shortest that fails is easiest to read.</summary>
    private const int FurtherEpisodes = 60;

    [Fact]
    public async Task The_SQL_does_what_the_model_says()
    {
        var steps = Setting("PIPELINES_MODEL_STEPS") ?? UsualSteps;
        var first = (int)(Setting("PIPELINES_MODEL_SEED") ?? Random.Shared.Next(1_000_000_000));
        var tally = new Tally();
        await world.ExecuteAsync($"do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$");
        NpgsqlConnection.ClearAllPools();
        await using var connection = await world.Db.OpenAsync(default);
        var watch = Stopwatch.StartNew();
        var seed = first;
        List<(string Message, int Length)> failures = [];
        for (var more = FurtherEpisodes; (tally.Steps < steps || GoesOn()) && more > 0; seed++)
        {
            if (await EpisodeAsync(connection, seed, failures.Count > 0 ? 1 : 2 + seed % 7, tally) is { } failure)
                failures.Add(failure);
            more -= failures.Count > 0 ? 1 : 0;
        }

        output.WriteLine($"seeds {first} to {seed - 1}: {tally.Steps:N0} steps, {tally.Compared:N0} comparisons, {watch.Elapsed.TotalSeconds:0} s, {tally.Steps / watch.Elapsed.TotalSeconds:0} steps/s");
        foreach (var (what, times) in tally.Counts)
            output.WriteLine($"{times,10:N0} {what}");
        Assert.True(failures.Count == 0, $"The SQL and the model differ. The shortest of {failures.Count}:\n{failures.DefaultIfEmpty().MinBy(failure => failure.Length).Message}");
        var missing = Missing(tally);
        Assert.True(missing.Count == 0, $"Never happened: {string.Join(", ", missing)}");

        // What is rare may not come in as many steps; then they are too few to prove what the test says.
        bool GoesOn() => failures.Count == 0 && tally.Steps < MostTimes * steps && Missing(tally).Count > 0;
    }

    private async Task<(string Message, int Length)?> EpisodeAsync(NpgsqlConnection connection, int seed, int size, Tally tally)
    {
        await world.ResetAsync();
        var episode = new Episode(world, connection, seed, size, tally);
        try
        {
            await episode.RunAsync();
            await Invariants.CheckAsync(world, "");
            return null;
        }
        catch (Exception e)
        {
            var done = episode.Both.Trace;
            return ($"Seed {seed}, size {size}: {e.Message}\nWhat was done:\n  {string.Join("\n  ", done)}\n{e.StackTrace}", done.Count + done.Sum(line => line.Length / 200));
        }
    }

    /// <summary>What must have happened in so many steps, or the test has proven less than it says.</summary>
    private static List<string> Missing(Tally tally)
    {
        string[] expected =
        [
            .. "advance begin clear end expire goodbye leave lose mark open open-waits part pool repeat run start stop timers upgrade worker".Split(' ').Select(did => $"did {did}"), "did run again",
            .. "sfkcypqw".Select(outcome => $"outcome {outcome}"), .. "nqrywsfkucx".Select(state => $"to {state}"),
            .. from rule in Enumerable.Range(0, Rules.RunFailed) from end in Ends(rule) select $"rule {Tally.Name(rule)} {end}",
            "rule OnFailure of the run q", "rule OnFailure of the run k", "rule OnSuccess of the run q", "rule OnSuccess of the run k",
            "rule Always by index q", "rule AllSuccess by index q", "rule AllSuccess by index u", "rule AllSuccess w",
            "fenced", "handed over", "run started by a task", "wait over", "queue timeout", "clear taken", "clear refused", "mark taken", "mark refused", "mark of what is so", "upgrade taken", "upgrade refused",
            "run marked s", "run marked f", "run marked s with teardowns or callbacks to come", "run marked f with teardowns or callbacks to come",
        ];
        string[] rare = tally.Steps < 100_000 ? ["clear refused", "mark refused", "to x", "rule NoneFailed k"] : [];
        return [.. expected.Except(rare).Where(what => tally.Counts.GetValueOrDefault(what) == 0)];
    }

    /// <summary>What a rule can decide.</summary>
    private static IEnumerable<char> Ends(int rule) =>
        (from a in "sfkx" from b in "sfkx" select Rules.Next(rule, new Counters(2).After(rule, a == 'x' ? 's' : a, false, a == 'x').After(rule, b == 'x' ? 's' : b, false, b == 'x'))).Distinct();

    private static long? Setting(string name) => long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
