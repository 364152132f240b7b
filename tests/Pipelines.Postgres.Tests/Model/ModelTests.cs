using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Npgsql;
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
        for (; tally.Steps < steps; seed++)
            await EpisodeAsync(connection, seed, 2 + seed % 9, tally);
        output.WriteLine($"seeds {first} to {seed - 1}: {tally.Steps:N0} steps, {tally.Compared:N0} comparisons, {watch.Elapsed.TotalSeconds:0} s, {tally.Steps / watch.Elapsed.TotalSeconds:0} steps/s");
        foreach (var (what, times) in tally.Counts)
            output.WriteLine($"{times,10:N0} {what}");
        Guard(tally);
    }

    private async Task EpisodeAsync(NpgsqlConnection connection, int seed, int size, Tally tally)
    {
        await world.ResetAsync();
        var episode = new Episode(world, connection, seed, size, tally);
        try
        {
            await episode.RunAsync();
            await Invariants.CheckAsync(world, "");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"The SQL and the model differ. Seed {seed} (PIPELINES_MODEL_SEED={seed} begins with it), after {tally.Steps:N0} steps:\n{e.Message}\nWhat was done:\n  {string.Join("\n  ", episode.Both.Trace)}", e);
        }
    }

    private static void Guard(Tally tally)
    {
    }

    private static long? Setting(string name) => long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
}
