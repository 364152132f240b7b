using System.Globalization;
using Xunit.Abstractions;

namespace Pipelines.EndToEnd.Tests;

/// <summary>
/// Nothing is lost, whatever dies: runs of ten tasks while processes or the database are hurt at random, and the ledger as the judge.
/// <c>bash tests/chaos --seeds 10 --seconds 60</c> is the long way of it.
/// </summary>
internal static class Chaos
{
    private const int Ticks = 60;

    public static TheoryData<int> Seeds { get; } = new((System.Environment.GetEnvironmentVariable("PIPELINES_CHAOS_SEEDS") ?? $"{Random.Shared.Next(1000, 10000)}")
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(seed => int.Parse(seed, CultureInfo.InvariantCulture)));

    public static int Seconds { get; } = int.Parse(System.Environment.GetEnvironmentVariable("PIPELINES_CHAOS_SECONDS") ?? "10", CultureInfo.InvariantCulture);

    public static int Runs => Ticks + Days;

    /// <summary>500 runs in a minute.</summary>
    private static int Days { get; } = Math.Max(20, Seconds * 500 / 60 - Ticks);

    /// <summary>Three workers and two schedulers, and enough for them to do.</summary>
    public static async Task<Nemesis> WorkAsync(Installation at, int seed)
    {
        var nemesis = new Nemesis(at, seed, TimeSpan.FromSeconds(Seconds));
        nemesis.Start("scheduler", "--dags", at.Dags);
        nemesis.Start("scheduler", "--dags", at.Dags);
        for (var i = 0; i < 3; i++)
            nemesis.Start("worker", "--slots", "8", "--lease", "3");
        await at.LoadedAsync("ledgered_days");
        (await at.RunAsync("pools", "set", "narrow", "--slots", "6")).Succeeded();
        var last = new DateOnly(2020, 1, 1).AddDays(Days - 1);
        (await at.RunAsync("backfill", "create", "ledgered_days", "--from", "2020-01-01", "--to", $"{last:yyyy-MM-dd}", "--max-active", "16", "--yes")).Succeeded();
        return nemesis;
    }

    public static Task EndAsync(Installation at) => at.UntilAsync("all runs end", async () =>
        await at.CountAsync("select count(*) from dag_run where state in ('s', 'f', 'c')") == Runs
        && await at.CountAsync("select count(*) from backfill where state in ('s', 'f')") == 1);

    /// <summary>A run for every minute of the hour, and one for every day.</summary>
    public static async Task TicksAsync(Installation at)
    {
        await Proof.SucceededOnceAsync(at.Store, "ledgered_ticks", Ticks);
        await Proof.SucceededOnceAsync(at.Store, "ledgered_days", Days);
    }
}

public sealed class ChaosOfProcessesTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(Chaos.Seeds), MemberType = typeof(Chaos))]
    public async Task Workers_and_schedulers_killed_and_frozen_at_random_lose_nothing(int seed)
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        var nemesis = await Chaos.WorkAsync(at, seed);
        await nemesis.HurtProcessesAsync();
        await Chaos.EndAsync(at);

        // A lease of 3 s may also end in a process that is well, on a machine that has too much to do: its attempts may be lost, its work not.
        var lost = await ledger.JudgeAsync(at, Chaos.Runs, null, nemesis.Frozen);
        output.WriteLine($"Seed {seed}: {nemesis.Killed.Count} processes killed, {nemesis.Frozen.Count} frozen, {lost} attempts lost, {await ledger.CountAsync()} entries.");
        Assert.True(nemesis.Killed.Count >= 1 + Chaos.Seconds / 8, "Too little was killed to prove anything.");
        Assert.True(lost > 0, "Nothing was lost, so nothing was proven.");
        await Chaos.TicksAsync(at);
    }
}

public sealed class ChaosOfPostgresTests(ITestOutputHelper output)
{
    [Theory]
    [MemberData(nameof(Chaos.Seeds), MemberType = typeof(Chaos))]
    public async Task PostgreSQL_stopped_hard_again_and_again_loses_nothing(int seed)
    {
        await using var at = await Installation.CreateAsync(Built.Ledgered);
        await using var ledger = await Ledger.OpenAsync(at);
        var nemesis = await Chaos.WorkAsync(at, seed);
        await nemesis.HurtServerAsync();
        await Chaos.EndAsync(at);

        var lost = await ledger.JudgeAsync(at, Chaos.Runs, null, new HashSet<int>());
        output.WriteLine($"Seed {seed}: PostgreSQL stopped {nemesis.Stops} times, {lost} attempts lost, {await ledger.CountAsync()} entries.");
        Assert.All(nemesis.Alive, process => Assert.False(process.HasExited, process.ToString()));
        await Chaos.TicksAsync(at);
        Assert.True(nemesis.Stops >= 1 + Chaos.Seconds / 12, "PostgreSQL was stopped too rarely to prove anything.");
    }
}
