using System.Diagnostics;
using System.Runtime.Versioning;

namespace Pipelines.Postgres.Tests;

/// <summary>Waits for conditions; a deadline turns a hang into a failure.</summary>
[SupportedOSPlatform("linux")]
internal static class Until
{
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        for (var waited = Stopwatch.StartNew(); !await condition(); await Task.Delay(5))
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), $"Not so within 30 s: {what}");
    }

    /// <summary>Until so many statements in the world's database wait for a lock.</summary>
    public static Task BlockedAsync(World world, int statements) => HoldsAsync(
        async () => await world.OneAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") >= statements,
        $"{statements} statements wait for a lock");
}
